import Accounts
import Admission
import HTTPTypes
import Ledger

/// The rules of an account for the requests of its keys, as far as the reseller decides them.
struct RequestRuleRoutes: Sendable {
    let admission: AdmissionServices
    let ledger: any AccountReader

    var table: [ControlRoute] {
        [
            ControlRoute(.get, "/request-rules", .accountKey, read),
            ControlRoute(.patch, "/request-rules", .accountKey, change),
        ]
    }

    private func read(_ request: ControlRequest) async throws -> JSON {
        try QueryFields(request.uri).finish()
        guard let account = try await ledger.account(request.accountID) else { throw ControlError.unauthorized }
        return Self.describe(account.rules)
    }

    private func change(_ request: ControlRequest) async throws -> JSON {
        var fields = try JSONFields(request.body)
        let rule = try fields.choice("onPolicyError", of: PolicyErrorRule.allCases.map { ($0.name, $0) })
        try fields.finish()
        guard let rule else { throw ControlError.nothingToChange }
        let account = try await admission.accounts.changeAccount(
            try request.accountID, AccountChange(policyError: rule), by: request.actor)
        return Self.describe(account.rules)
    }

    private static func describe(_ rules: RequestRules) -> JSON {
        .object([("onPolicyError", .string(rules.policyError.name))])
    }
}
