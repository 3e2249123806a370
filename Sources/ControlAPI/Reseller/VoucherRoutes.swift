import Accounts
import Admission
import HTTPTypes
import Ledger
import Timekeeping
import Vault

/// Vouchers: accounts create them, clients redeem them to top up their keys.
struct VoucherRoutes: Sendable {
    let admission: AdmissionServices
    let ledger: any KeyReader & VoucherReader
    let limits: AccountLimits

    private static let mostAtOnce = 500
    private static let mostUses = 100_000
    private static let longestLabel = 200
    private static let longestCode = 64

    var table: [ControlRoute] {
        [
            ControlRoute(.get, "/vouchers", .accountKey, list),
            ControlRoute(.post, "/vouchers", .accountKey, isRepeatable: true, create),
            ControlRoute(.delete, "/vouchers/:id", .accountKey, revoke),
            ControlRoute(
                .post, "/sub-key/redeem", .clientKey, isBodySecret: true, limit: limits.redeem, redeem),
        ]
    }

    // MARK: Account

    private func list(_ request: ControlRequest) async throws -> JSON {
        let account = try request.accountID
        var query = QueryFields(request.uri)
        let limit = try query.integer("limit", in: 1...1000) ?? 100
        let cursor = try query.cursor("cursor")
        try query.finish()
        // One row more than asked for shows whether there is a next page.
        let vouchers = try await ledger.vouchers(of: account, before: cursor.map(VoucherID.init), atMost: limit + 1)
        let shown = vouchers.prefix(limit)
        let next = vouchers.count > limit ? shown.last : nil
        return .object([
            ("vouchers", .array(try shown.map { describe($0, code: try admission.accounts.reveal($0)) })),
            ("next_cursor", .optional(next) { .string(String($0.id.rawValue, radix: 36)) }),
        ])
    }

    private func create(_ request: ControlRequest) async throws -> JSON {
        var fields = try JSONFields(request.body)
        let amount = try fields.amount("budgetVirtual")
        let shown = try fields.amount("clientBudget")
        let count = try fields.integer("count", in: 1...Self.mostAtOnce) ?? 1
        let uses = try fields.integer("uses", in: 1...Self.mostUses) ?? 1
        let label = try fields.text("label", maximum: Self.longestLabel) ?? ""
        let expiresAt = try fields.nullable("expiresAt") { (fields, name) throws(ControlError) in
            try fields.moment(name, after: admission.time.now())
        }
        try fields.finish()
        guard let amount else { throw ControlError.missing("budgetVirtual") }
        guard shown ?? amount >= amount else {
            throw ControlError.invalid("clientBudget", "an amount of at least 'budgetVirtual'")
        }
        var order = VoucherOrder(amount: amount, shownAmount: shown ?? amount)
        order.label = label
        order.uses = uses
        order.expiresAt = expiresAt ?? nil
        return answer(
            try await admission.accounts.createVouchers(
                of: request.accountID, order, count: count, call: request.call { answer($0) }, by: request.actor))
    }

    private func revoke(_ request: ControlRequest) async throws -> JSON {
        guard let id = request.id.flatMap({ UUIDv7($0) }), let voucher = try await ledger.voucher(publicID: id),
            voucher.accountID == (try request.accountID)
        else { throw ControlError(.voucherNotFound, "Voucher not found") }
        // Revoking a revoked voucher changes nothing.
        if voucher.revokedAt == nil { _ = try await admission.accounts.revokeVoucher(voucher.id, by: request.actor) }
        return .object([("success", .bool(true))])
    }

    // MARK: Client

    private func redeem(_ request: ControlRequest) async throws -> JSON {
        let client = try request.key
        var fields = try JSONFields(request.body)
        let text = try fields.text("code", maximum: Self.longestCode)
        try fields.finish()
        guard let text else { throw ControlError.missing("code") }
        guard let code = VoucherCode(typed: text),
            let voucher = try await admission.accounts.voucher(code, of: client.accountID, in: ledger),
            let key = try await ledger.key(client.keyID)
        else { throw ControlError(ManagementError.voucher(.unknown)) }
        guard key.rules.isEnabled else { throw ControlError(.keyDisabled, "This key is disabled") }
        if let end = key.rules.expiresAt, admission.time.now() >= end {
            throw ControlError(.keyExpired, "This key has expired")
        }
        var actor = request.actor
        actor.changes = JSON.object([("voucher", .string(voucher.voucher.publicID.description))]).text
        let topped: KeyRecord
        do {
            topped = try await admission.accounts.redeem(voucher, by: client.keyID, actor: actor)
        } catch ManagementError.insufficientAvailableBalance {
            // The balance of the account is hidden from clients.
            throw ControlError(
                .codeNotRedeemable, "This code cannot be redeemed at the moment; ask your provider", field: "code")
        } catch ManagementError.keyHasNoBudget {
            throw ControlError(
                .keyWithoutBudget, "This key has no budget that could be topped up; ask your provider")
        }
        return .object([
            ("amount", .amount(voucher.voucher.shownAmount)), ("budget", .optional(topped.shownBudget, JSON.amount)),
            ("remaining", .optional(topped.shownRemaining, JSON.amount)),
        ])
    }

    // MARK: Shapes

    private func answer(_ issued: [IssuedVoucher]) -> JSON {
        .object([("vouchers", .array(issued.map { describe($0.record, code: $0.code) }))])
    }

    private func describe(_ record: VoucherRecord, code: Secret) -> JSON {
        let voucher = record.voucher
        return .object([
            ("id", .string(voucher.publicID.description)), ("code", .string(code.revealed)),
            ("label", .string(voucher.label)), ("clientBudget", .amount(voucher.shownAmount)),
            ("budgetVirtual", .amount(voucher.amount)), ("uses", .integer(voucher.uses)),
            ("used", .integer(record.used)), ("state", .string(state(of: record))),
            ("expiresAt", .optional(voucher.expiresAt) { .string($0.rfc3339Milliseconds) }),
            ("createdAt", .string(record.createdAt.rfc3339)),
        ])
    }

    private func state(of record: VoucherRecord) -> String {
        switch record.refusal(at: admission.time.now()) {
        case nil, .redeemedBefore: "open"
        case .unknown: "revoked"
        case .expired: "expired"
        case .usedUp: "used"
        }
    }
}
