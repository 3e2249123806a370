import Accounts
import Admission
import Foundation
import HTTPTypes
import Ledger
import Money
import Timekeeping

/// Operations of the operator on accounts and deposits.
struct AdministrationRoutes: Sendable {
    let admission: AdmissionServices
    let ledger: any AccountReader & DepositReader & KeyReader

    var table: [ControlRoute] {
        [
            ControlRoute(.post, "/admin/accounts", .adminKey, openAccount),
            ControlRoute(.get, "/admin/accounts", .adminKey, listAccounts),
            ControlRoute(.patch, "/admin/accounts/:id", .adminKey, changeAccount),
            ControlRoute(.post, "/admin/accounts/:id/deposits", .adminKey, isRepeatable: true, enterDeposit),
            ControlRoute(.post, "/admin/accounts/:id/rotate-key", .adminKey, rotateKey),
            ControlRoute(.patch, "/admin/deposits/:id", .adminKey, closeDeposit),
            ControlRoute(.get, "/admin/deposits", .adminKey, listDeposits),
        ]
    }

    private static let maximumName = 200
    private static let maximumReference = 200

    private func openAccount(_ request: ControlRequest) async throws -> JSON {
        var fields = try JSONFields(request.body)
        let name = try fields.text("name", maximum: Self.maximumName)
        try fields.finish()
        guard let name, !name.isEmpty else { throw ControlError.missing("name") }
        let (account, issued) = try await admission.accounts.openAccount(name: name, by: request.actor)
        return .object([
            ("id", .string(account.publicID.description)), ("name", .string(account.name)),
            ("key", .string(issued.secret.revealed)),
        ])
    }

    private func listAccounts(_ request: ControlRequest) async throws -> JSON {
        let query = QueryFields(request.uri)
        try query.finish()
        let accounts = try await ledger.accounts()
        return .object([
            (
                "accounts",
                .array(
                    accounts.map { Self.describe($0) })
            )
        ])
    }

    private func changeAccount(_ request: ControlRequest) async throws -> JSON {
        let account = try await account(request.id)
        var fields = try JSONFields(request.body)
        let change = AccountChange(
            markup: try fields.markup("markup"), shortage: try fields.shortage("onShortage"),
            disconnect: try fields.choice("onDisconnect", of: DisconnectPolicy.allCases.map { ($0.name, $0) }),
            policyError: try fields.choice("onPolicyError", of: PolicyErrorRule.allCases.map { ($0.name, $0) }))
        try fields.finish()
        guard change != AccountChange() else {
            throw ControlError.nothingToChange
        }
        return Self.describe(try await admission.accounts.changeAccount(account.id, change, by: request.actor))
    }

    private func enterDeposit(_ request: ControlRequest) async throws -> JSON {
        let account = try await account(request.id)
        var fields = try JSONFields(request.body)
        let amount = try fields.amount("amount")
        let status =
            try fields.choice("status", of: [DepositStatus.pending, .completed].map { ($0.name, $0) }) ?? .completed
        let reference = try fields.text("reference", maximum: Self.maximumReference)
        try fields.finish()
        guard let amount else { throw ControlError.missing("amount") }
        guard reference != "" else { throw ControlError.invalid("reference", "a string that is not empty") }
        let deposit = try await admission.accounts.enterDeposit(
            to: account.id, amount: amount, status: status, reference: reference,
            call: request.call { Self.describe($0, account) }, by: request.actor)
        return Self.describe(deposit, account)
    }

    private func closeDeposit(_ request: ControlRequest) async throws -> JSON {
        guard let id = request.id.flatMap({ UUIDv7($0) }), let deposit = try await ledger.deposit(publicID: id),
            let account = try await ledger.account(deposit.accountID)
        else { throw ControlError(.depositNotFound, "Deposit not found") }
        var fields = try JSONFields(request.body)
        let status = try fields.choice("status", of: DepositStatus.allCases.map { ($0.name, $0) })
        try fields.finish()
        guard let status else { throw ControlError.missing("status") }
        guard status != deposit.status else { return Self.describe(deposit, account) }
        guard status != .pending else { throw ManagementError.depositClosed }
        return Self.describe(
            try await admission.accounts.closeDeposit(deposit.id, as: status, by: request.actor), account)
    }

    private func listDeposits(_ request: ControlRequest) async throws -> JSON {
        var query = QueryFields(request.uri)
        let id = query.text("accountId")
        try query.finish()
        let wanted: AccountRecord? = if let id { try await account(id) } else { nil }
        let deposits = try await ledger.deposits(of: wanted?.id)
        let accounts = Dictionary(uniqueKeysWithValues: try await ledger.accounts().map { ($0.id, $0) })
        return .object([
            (
                "deposits",
                .array(
                    deposits.compactMap { deposit in accounts[deposit.accountID].map { Self.describe(deposit, $0) } })
            )
        ])
    }

    private func rotateKey(_ request: ControlRequest) async throws -> JSON {
        let account = try await account(request.id)
        guard let key = try await ledger.ownKey(of: account.id) else { throw ControlError.keyNotFound }
        let issued = try await admission.accounts.replaceSecret(of: key, by: request.actor)
        return .object([
            ("id", .string(account.publicID.description)), ("name", .string(account.name)),
            ("key", .string(issued.secret.revealed)),
        ])
    }

    // MARK: Shapes

    private func account(_ id: String?) async throws -> AccountRecord {
        guard let id = id.flatMap({ UUIDv7($0) }), let account = try await ledger.account(publicID: id) else {
            throw ControlError.accountNotFound
        }
        return account
    }

    private static func describe(_ account: AccountRecord) -> JSON {
        .object(
            [("id", .string(account.publicID.description)), ("name", .string(account.name))]
                + BalanceAnswer.members(of: account) + [
                    ("deposited", .fourDecimals(account.deposited)), ("overrun", .fourDecimals(account.overrun)),
                    ("markup", .number(account.markup.decimal)),
                    ("onShortage", .string(account.rules.shortage.name)),
                    ("onDisconnect", .string(account.rules.disconnect.name)),
                    ("onPolicyError", .string(account.rules.policyError.name)),
                    ("createdAt", .string(account.createdAt.rfc3339)),
                ])
    }

    private static func describe(_ deposit: DepositRecord, _ account: AccountRecord) -> JSON {
        .object([("accountId", .string(account.publicID.description))] + DepositAnswer.members(of: deposit))
    }
}
