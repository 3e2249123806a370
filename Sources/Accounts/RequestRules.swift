/// The handling of a request whose cost bound exceeds the remaining money.
public enum ShortagePolicy: Int, Hashable, Sendable, CaseIterable {
    /// The output limit of the request is lowered to what the remaining money pays for.
    case clamp = 1
    /// The request is refused.
    case refuse = 2

    /// The policy's name in the APIs.
    public var name: String { "\(self)" }
}

/// The handling of an upstream response whose client disconnects.
public enum DisconnectPolicy: Int, Hashable, Sendable, CaseIterable {
    /// The response is read to its end for the reported usage, within limits of time and bytes.
    case drain = 1
    /// The upstream request is cancelled; usage is estimated from what was received.
    case cancel = 2

    /// The policy's name in the APIs.
    public var name: String { "\(self)" }
}

/// What follows when an upstream says that a request of a client key violates its policies.
public enum PolicyErrorRule: Int, Hashable, Sendable, CaseIterable {
    /// Nothing: the client gets the error.
    case none = 1
    /// The key is disabled until its owner enables it again.
    case hold = 2

    /// The rule's name in the APIs.
    public var name: String { "\(self)" }
}

/// An account's policies for the requests of its keys.
public struct RequestRules: Hashable, Sendable {
    /// The policy when money is short; a key's own policy takes precedence.
    public var shortage: ShortagePolicy
    /// The policy when a client disconnects.
    public var disconnect: DisconnectPolicy
    /// What follows when an upstream says that a request violates its policies.
    public var policyError: PolicyErrorRule

    /// Creates rules; the default arguments are the rules of a new account.
    public init(
        shortage: ShortagePolicy = .clamp, disconnect: DisconnectPolicy = .drain, policyError: PolicyErrorRule = .none
    ) {
        self.shortage = shortage
        self.disconnect = disconnect
        self.policyError = policyError
    }
}
