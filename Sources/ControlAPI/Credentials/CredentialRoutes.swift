import Accounts
import Admission
import HTTPTypes
import Ledger
import Timekeeping

/// Management keys and web tokens of an account.
struct CredentialRoutes: Sendable {
    let admission: AdmissionServices
    let ledger: any KeyReader & ManagementKeyReader

    private static let longestLabel = 200
    /// Lifetime of a web token, in seconds.
    private static let lifetimes = 60...3600
    private static let standardLifetime = 600

    var table: [ControlRoute] {
        [
            ControlRoute(.get, "/management-keys", .accountKey, list),
            ControlRoute(.post, "/management-keys", .accountKey, isRepeatable: true, create),
            ControlRoute(.delete, "/management-keys/:id", .accountKey, delete),
            ControlRoute(.post, "/web-tokens", .accountKey, mint),
        ]
    }

    // MARK: Management keys

    private func list(_ request: ControlRequest) async throws -> JSON {
        try QueryFields(request.uri).finish()
        let keys = try await ledger.managementKeys(of: request.accountID)
        return .object([("managementKeys", .array(keys.map { .object(Self.members(of: $0)) }))])
    }

    private func create(_ request: ControlRequest) async throws -> JSON {
        var fields = try JSONFields(request.body)
        let label = try fields.text("label", maximum: Self.longestLabel)
        let scope = try fields.choice("scope", of: ManagementScope.allCases.map { ($0.name, $0) }) ?? .full
        let now = admission.time.now()
        let expiresAt = try fields.nullable("expiresAt") { (fields, name) throws(ControlError) in
            try fields.moment(name, after: now)
        }
        try fields.finish()
        let issued = try await admission.accounts.createManagementKey(
            of: request.accountID, label: label ?? "", scope: scope, expiresAt: expiresAt ?? nil,
            call: request.call(Self.describe), by: request.actor)
        return Self.describe(issued)
    }

    private func delete(_ request: ControlRequest) async throws -> JSON {
        let keys = try await ledger.managementKeys(of: request.accountID)
        guard let key = keys.first(where: { $0.publicID.description == request.id?.lowercased() }) else {
            throw ControlError(.managementKeyNotFound, "Management key not found")
        }
        try await admission.accounts.deleteManagementKey(key.id, by: request.actor)
        return .object([("success", .bool(true))])
    }

    private static func describe(_ issued: IssuedManagementKey) -> JSON {
        .object(members(of: issued.record) + [("key", .string(issued.secret.revealed))])
    }

    private static func members(of key: ManagementKeyRecord) -> [(String, JSON)] {
        [
            ("id", .string(key.publicID.description)), ("keyId", .string(key.displayID)),
            ("label", .string(key.label)), ("scope", .string(key.scope.name)),
            ("expiresAt", .optional(key.expiresAt) { .string($0.rfc3339Milliseconds) }),
            ("createdAt", .string(key.createdAt.rfc3339)),
        ]
    }

    // MARK: Web tokens

    private func mint(_ request: ControlRequest) async throws -> JSON {
        var lifetime = Self.standardLifetime
        if !request.body.isEmpty {
            var fields = try JSONFields(request.body)
            lifetime = try fields.integer("expiresInSeconds", in: Self.lifetimes) ?? lifetime
            try fields.finish()
        }
        let account = try request.accountID
        let minted = try await admission.accounts.mintWebToken(
            of: account, webKey: try await ledger.webKey(of: account), lasting: .seconds(lifetime), by: request.actor)
        return .object([
            ("token", .string(minted.token.revealed)), ("expiresInSeconds", .integer(lifetime)),
            ("expiresAt", .string(minted.validUntil.rfc3339Milliseconds)),
        ])
    }
}
