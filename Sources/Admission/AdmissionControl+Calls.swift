import Accounts
import Ledger
import Timekeeping
import Vault

/// A management call with an `Idempotency-Key`, and how its outcome is put into words.
public struct ManagementCall<Outcome>: Sendable {
    /// What it is recognised by.
    public var identity: IdempotencyKey
    /// Makes the answer.
    public var answer: @Sendable (Outcome) throws -> [UInt8]

    /// Creates a call.
    public init(identity: IdempotencyKey, answer: @escaping @Sendable (Outcome) throws -> [UInt8]) {
        self.identity = identity
        self.answer = answer
    }
}

/// Calls that are applied once, however often they arrive.
extension AdmissionControl {
    /// Returns what a call was answered when it was made before, or nil.
    ///
    /// - Throws: `conflictingCall` if it was made with another request.
    public func earlierAnswer(to identity: IdempotencyKey, in ledger: any LedgerReader) async throws -> [UInt8]? {
        guard let kept = try await ledger.answer(caller: identity.caller, name: identity.name) else { return nil }
        guard kept.requestDigest == identity.requestDigest else { throw ManagementError.conflictingCall }
        return try vault.unseal(answer: kept.sealed, for: identity.sealName)
    }

    /// Returns what stands for a request, or nil if the system's library fails.
    public func digest(ofRequest request: some Sequence<UInt8>) -> KeyDigest? { vault.digest(of: request) }

    /// Wraps a command so that what its caller is answered is kept together with it.
    func once<Outcome>(
        _ command: LedgerCommand, _ call: ManagementCall<Outcome>?,
        outcome: @escaping @Sendable (LedgerReceipt) -> Outcome?
    ) -> LedgerCommand {
        guard let call else { return command }
        let name = call.identity.sealName
        return .idempotent(
            IdempotentCommand(identity: call.identity, calledAt: time.now()) { [vault] receipt in
                guard let outcome = outcome(receipt) else { throw LedgerFailure.refused("unexpected receipt") }
                return try vault.seal(answer: try call.answer(outcome), for: name)
            }, command)
    }
}

extension IdempotencyKey {
    /// What its answer is sealed for.
    fileprivate var sealName: String { "\(caller?.rawValue ?? 0) \(name)" }
}
