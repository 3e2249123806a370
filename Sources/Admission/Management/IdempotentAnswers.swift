import Accounts
import Ledger
import Vault

/// A management call with an `Idempotency-Key`, and the way its answer is made.
public struct ManagementCall<Outcome>: Sendable {
    /// The caller, the `Idempotency-Key` and the digest of the request.
    public var identity: IdempotencyKey
    /// Makes the answer from the call's outcome.
    public var answer: @Sendable (Outcome) throws -> [UInt8]

    /// Creates a call.
    public init(identity: IdempotencyKey, answer: @escaping @Sendable (Outcome) throws -> [UInt8]) {
        self.identity = identity
        self.answer = answer
    }
}

/// The stored answers of management calls: a call is applied once, however often it arrives.
public struct IdempotentAnswers: Sendable {
    private let vault: KeyVault

    init(vault: KeyVault) { self.vault = vault }

    /// Returns the answer that the same call was given before, or nil if it is new.
    ///
    /// - Throws: `ManagementError.conflictingCall` if its `Idempotency-Key` was used with another request.
    public func earlierAnswer(to identity: IdempotencyKey, in ledger: any IdempotencyReader) async throws -> [UInt8]? {
        guard let kept = try await ledger.answer(caller: identity.caller, name: identity.name) else { return nil }
        guard kept.requestDigest == identity.requestDigest else { throw ManagementError.conflictingCall }
        return try vault.unseal(answer: kept.sealed, for: identity.sealName)
    }

    /// Returns the digest of a request, or nil if the system's cryptographic library fails.
    public func digest(ofRequest request: some Sequence<UInt8>) -> KeyDigest? { vault.digest(of: request) }

    func seal(_ answer: [UInt8], for identity: IdempotencyKey) throws -> [UInt8] {
        try vault.seal(answer: answer, for: identity.sealName)
    }
}

extension IdempotencyKey {
    /// The context that its answer is sealed with.
    fileprivate var sealName: String { "\(caller?.rawValue ?? 0) \(name)" }
}
