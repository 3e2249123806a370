/// An account's number inside the ledger: small, so that millions of rows stay narrow. Never shown.
public struct AccountID: Hashable, Sendable {
    /// The row's number.
    public let rawValue: Int64
    /// Creates an identifier from the row's number.
    public init(_ rawValue: Int64) { self.rawValue = rawValue }
}

/// A key's number inside the ledger. Never shown.
public struct KeyID: Hashable, Sendable {
    /// The row's number.
    public let rawValue: Int64
    /// Creates an identifier from the row's number.
    public init(_ rawValue: Int64) { self.rawValue = rawValue }
}

/// A management key's number inside the ledger. Never shown.
public struct ManagementKeyID: Hashable, Sendable {
    /// The row's number.
    public let rawValue: Int64
    /// Creates an identifier from the row's number.
    public init(_ rawValue: Int64) { self.rawValue = rawValue }
}

/// A voucher's number inside the ledger. Never shown.
public struct VoucherID: Hashable, Sendable {
    /// The row's number.
    public let rawValue: Int64
    /// Creates an identifier from the row's number.
    public init(_ rawValue: Int64) { self.rawValue = rawValue }
}

/// A deposit's number inside the ledger. Never shown.
public struct DepositID: Hashable, Sendable {
    /// The row's number.
    public let rawValue: Int64
    /// Creates an identifier from the row's number.
    public init(_ rawValue: Int64) { self.rawValue = rawValue }
}
