import Accounts
import Timekeeping

/// A management command and the answer that its caller gets: both are kept, or neither, so that the call can be repeated.
public struct IdempotentCommand<Command: ManagementCommand>: ManagementCommand {
    /// The command.
    public var command: Command
    /// The call that asks for it.
    public var identity: IdempotencyKey
    /// When the call was made.
    public var calledAt: Timestamp
    /// Makes the sealed answer from the command's receipt, on the ledger's thread, before the command is durable.
    public var sealedAnswer: @Sendable (Command.Receipt) throws -> [UInt8]

    public func apply(to handler: inout some ManagementCommandHandler) throws -> Command.Receipt {
        let receipt = try command.apply(to: &handler)
        let answer = KeptAnswer(requestDigest: identity.requestDigest, sealed: try sealedAnswer(receipt))
        try handler.keep(answer, of: identity, calledAt: calledAt)
        return receipt
    }
}

extension ManagementCommand {
    /// Returns the command as one that is applied once, however often its call arrives.
    ///
    /// - Parameter sealedAnswer: Makes the sealed answer from the receipt, on the ledger's thread.
    public func once(
        _ identity: IdempotencyKey, calledAt: Timestamp,
        sealedAnswer: @escaping @Sendable (Receipt) throws -> [UInt8]
    ) -> IdempotentCommand<Self> {
        IdempotentCommand(command: self, identity: identity, calledAt: calledAt, sealedAnswer: sealedAnswer)
    }
}

/// The identity of a management call with an `Idempotency-Key`.
public struct IdempotencyKey: Hashable, Sendable {
    /// The calling account, or nil for the operator. Each caller has keys of its own.
    public var caller: AccountID?
    /// The value of the `Idempotency-Key` header.
    public var name: String
    /// Digest of the rest of the request: the same key with another request is a mistake.
    public var requestDigest: KeyDigest

    /// Creates an identity.
    public init(caller: AccountID?, name: String, requestDigest: KeyDigest) {
        self.caller = caller
        self.name = name
        self.requestDigest = requestDigest
    }
}

/// The stored answer of an earlier call.
public struct KeptAnswer: Hashable, Sendable {
    /// Digest of the request that was answered.
    public var requestDigest: KeyDigest
    /// The answer, sealed.
    public var sealed: [UInt8]

    /// Creates a stored answer.
    public init(requestDigest: KeyDigest, sealed: [UInt8]) {
        self.requestDigest = requestDigest
        self.sealed = sealed
    }
}
