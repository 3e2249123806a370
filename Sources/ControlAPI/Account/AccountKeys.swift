import Accounts
import Admission
import Ledger
import Money
import Timekeeping

/// Operations of management keys on client keys, shared by the dialects.
struct AccountKeys: Sendable {
    let admission: AdmissionServices
    let ledger: any KeyReader

    /// Creates a key. Without `balance` it draws on the account.
    func create(
        _ request: ControlRequest, longestName: Int, describe: @escaping @Sendable (IssuedKey) throws -> JSON
    ) async throws -> JSON {
        var fields = try JSONFields(request.body)
        let label = try Self.label(&fields, longest: longestName)
        let standard = admission.policy.clientDefault
        let balance = try Self.balance(&fields)
        var order = KeyOrder(
            budget: balance ?? nil,
            limits: KeyLimits(
                requestsPerMinute: try requestsPerMinute(&fields) ?? standard.requestsPerMinute,
                concurrentRequests: try concurrentRequests(&fields) ?? standard.concurrentRequests))
        order.multiplier = try fields.multiplier("display_multiplier") ?? .one
        order.shortage = try fields.shortage("on_shortage")
        order.rules = try KeyForm.rules(&fields, .snake, now: admission.time.now())
        try fields.finish()
        guard let label else { throw ControlError.missing("name") }
        order.label = label
        return try describe(
            try await admission.accounts.createKey(
                of: request.accountID, order, call: request.call(describe), by: request.actor))
    }

    /// Changes a key; null removes a limit, and does not change fields that cannot be removed.
    func change(_ request: ControlRequest, longestName: Int) async throws -> KeyRecord {
        let key = try await OwnedKeys(ledger: ledger).key(of: request)
        var fields = try JSONFields(request.body)
        guard !fields.isEmpty else { throw ControlError.nothingToChange }
        var change = KeyChange(
            label: try Self.label(&fields, longest: longestName), requestsPerMinute: try requestsPerMinute(&fields),
            concurrentRequests: try concurrentRequests(&fields),
            multiplier: try fields.nullable("display_multiplier") { (fields, name) throws(ControlError) in
                try fields.multiplier(name)
            } ?? nil,
            shortage: try fields.nullable("on_shortage") { (fields, name) throws(ControlError) in
                try fields.shortage(name)
            } ?? nil, rules: try KeyForm.change(&fields, .snake, now: admission.time.now()))
        switch try Self.balance(&fields) {
        case nil: break
        case .some(nil): change.drawsOnAccount = true
        case .some(.some(let balance)):
            change.drawsOnAccount = false
            change.budgetChange = balance - key.remaining
        }
        try fields.finish()
        return try await admission.accounts.changeKey(key.id, change, by: request.actor)
    }

    /// `name` and `label` are two names of one field.
    private static func label(_ fields: inout JSONFields, longest: Int) throws(ControlError) -> String? {
        func text(_ field: String) throws(ControlError) -> String? {
            let text = try fields.nullable(field) { (fields, name) throws(ControlError) in
                try fields.text(name, maximum: longest)
            }
            if text == .some("") { throw .invalid(field, "1 to \(longest) characters") }
            return text ?? nil
        }
        let name = try text("name")
        let label = try text("label")
        guard name == nil || label == nil || name == label else {
            throw .conflicting("'name' and 'label' are the same field: give one of them")
        }
        return name ?? label
    }

    private static func balance(_ fields: inout JSONFields) throws(ControlError) -> NanoUSD?? {
        try fields.nullable("balance") { (fields, name) throws(ControlError) in try fields.limit(name) }
    }

    /// Null is the maximum of the operator's policy.
    private func requestsPerMinute(_ fields: inout JSONFields) throws(ControlError) -> Int? {
        let maximum = admission.policy.clientMaximum.requestsPerMinute
        let limit = try fields.nullable("minute_limit") { (fields, name) throws(ControlError) in
            try fields.integer(name, in: 1...maximum)
        }
        return limit.map { $0 ?? maximum }
    }

    private func concurrentRequests(_ fields: inout JSONFields) throws(ControlError) -> Int? {
        let maximum = admission.policy.clientMaximum.concurrentRequests
        let limit = try fields.nullable("concurrent_limit") { (fields, name) throws(ControlError) in
            try fields.integer(name, in: 1...maximum)
        }
        return limit.map { $0 ?? maximum }
    }
}
