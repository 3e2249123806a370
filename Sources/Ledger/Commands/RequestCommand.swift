import Money

/// A change to the ledger that a proxied request makes. Every request makes two or more of them, so they are an enum that
/// the writer's queue holds in place.
public enum RequestCommand: Sendable {
    /// Sets money aside for a request.
    case hold(Hold)
    /// Adds an amount to an open hold.
    case extend(Hold, by: NanoUSD)
    /// Ends a hold: charges the cost, frees the rest and writes the row.
    case settle(Settlement)
    /// Records objects that an answer gave to a key.
    case remember(GivenObjects)
}

/// The receipt of a ``RequestCommand``.
public struct RequestReceipt: Hashable, Sendable {
    /// Amount that a settlement returned to the account, because the key was deleted after the hold, or draws on the account now;
    /// zero of holds and extensions.
    public var refunded: NanoUSD

    /// Creates a receipt.
    public init(refunded: NanoUSD = .zero) { self.refunded = refunded }
}
