/// What happens to a request whose whole bound does not fit what is left of the money.
public enum ShortagePolicy: Int, Hashable, Sendable, CaseIterable {
    /// What fits is held, and the model is asked to write no more than that pays for.
    case clamp = 1
    /// The request is refused.
    case refuse = 2

    /// As the APIs name it.
    public var name: String { "\(self)" }
}

/// What happens to the upstream's answer when its client goes away.
public enum DisconnectPolicy: Int, Hashable, Sendable, CaseIterable {
    /// It is read to the end for its usage, bounded by time and bytes.
    case drain = 1
    /// It is cancelled, and what had come is estimated.
    case cancel = 2

    /// As the APIs name it.
    public var name: String { "\(self)" }
}

/// What an account decides for the requests of its keys.
public struct RequestRules: Hashable, Sendable {
    /// What happens when money is short; a key may decide otherwise.
    public var shortage: ShortagePolicy
    /// What happens when a client goes away.
    public var disconnect: DisconnectPolicy

    /// Creates rules; the defaults are those of a new account.
    public init(shortage: ShortagePolicy = .clamp, disconnect: DisconnectPolicy = .drain) {
        self.shortage = shortage
        self.disconnect = disconnect
    }
}
