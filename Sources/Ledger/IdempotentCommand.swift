import Accounts
import Timekeeping

/// What a management call with an `Idempotency-Key` is recognised by.
public struct IdempotencyKey: Hashable, Sendable {
    /// Who calls: an account, or nil for the operator. Names of one caller mean nothing to another.
    public var caller: AccountID?
    /// The `Idempotency-Key`.
    public var name: String
    /// Stands for everything else of the request: the same name with another request is a mistake.
    public var requestDigest: KeyDigest

    /// Creates an identity.
    public init(caller: AccountID?, name: String, requestDigest: KeyDigest) {
        self.caller = caller
        self.name = name
        self.requestDigest = requestDigest
    }
}

/// A management call that is applied once, however often it arrives.
public struct IdempotentCommand: Sendable {
    /// What it is recognised by.
    public var identity: IdempotencyKey
    /// When it was made.
    public var calledAt: Timestamp
    /// Makes the sealed answer from the command's receipt, on the ledger's thread, before the command is durable.
    public var sealedAnswer: @Sendable (LedgerReceipt) throws -> [UInt8]

    /// Creates a call.
    public init(
        identity: IdempotencyKey, calledAt: Timestamp,
        sealedAnswer: @escaping @Sendable (LedgerReceipt) throws -> [UInt8]
    ) {
        self.identity = identity
        self.calledAt = calledAt
        self.sealedAnswer = sealedAnswer
    }
}

/// What an earlier call was answered.
public struct KeptAnswer: Hashable, Sendable {
    /// Stands for the request that was answered.
    public var requestDigest: KeyDigest
    /// The answer, sealed.
    public var sealed: [UInt8]

    /// Creates a kept answer.
    public init(requestDigest: KeyDigest, sealed: [UInt8]) {
        self.requestDigest = requestDigest
        self.sealed = sealed
    }
}
