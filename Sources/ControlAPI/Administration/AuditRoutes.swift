import Accounts
import HTTPTypes
import Ledger
import Timekeeping

/// The audit log, for the operator.
struct AuditRoutes: Sendable {
    let ledger: any AccountReader & AuditReader

    var table: [ControlRoute] { [ControlRoute(.get, "/admin/audit", .adminKey, list)] }

    private func list(_ request: ControlRequest) async throws -> JSON {
        var query = QueryFields(request.uri)
        let account = query.text("accountId")
        let cursor = try query.cursor("cursor")
        let limit = try query.integer("limit", in: 1...500) ?? 100
        try query.finish()
        let accounts = try await ledger.accounts()
        var wanted: AccountID?
        if let account {
            wanted = accounts.first { $0.publicID.description == account.lowercased() }?.id
            guard wanted != nil else { throw ControlError.accountNotFound }
        }
        // One row more than asked for shows whether there is a next page.
        let lines = try await ledger.audit(of: wanted, before: cursor, atMost: limit + 1)
        let shown = lines.prefix(limit)
        let names = Dictionary(uniqueKeysWithValues: accounts.map { ($0.id, $0.publicID.description) })
        return .object([
            ("data", .array(shown.map { Self.describe($0, account: $0.accountID.flatMap { names[$0] }) })),
            (
                "next_cursor",
                lines.count > limit ? .optional(shown.last) { .string(String($0.id, radix: 36)) } : .null
            ),
        ])
    }

    private static func describe(_ line: AuditRecord, account: String?) -> JSON {
        .object([
            ("id", .integer(line.id)), ("at", .string(line.happenedAt.rfc3339Milliseconds)),
            ("actor", .string(line.actor.role.name)), ("credential", .string(line.actor.credential)),
            ("address", .optional(line.actor.address, JSON.string)), ("accountId", .optional(account, JSON.string)),
            ("action", .string(line.actor.action)),
            ("target", .optional(line.target) { .string($0.description) }),
            ("changes", .serialized(Array(line.actor.changes.utf8))),
        ])
    }
}
