/// An account's row identifier in the ledger. Internal: the public identifier is a ``UUIDv7``, which would make millions
/// of rows wider.
public struct AccountID: Hashable, Sendable {
    /// The value of the row's `id` column.
    public let rawValue: Int64
    /// Creates an identifier from the value of the row's `id` column.
    public init(_ rawValue: Int64) { self.rawValue = rawValue }
}

/// A key's row identifier in the ledger. Internal: the public identifier is a ``UUIDv7``.
public struct KeyID: Hashable, Sendable {
    /// The value of the row's `id` column.
    public let rawValue: Int64
    /// Creates an identifier from the value of the row's `id` column.
    public init(_ rawValue: Int64) { self.rawValue = rawValue }
}

/// A management key's row identifier in the ledger. Internal: the public identifier is a ``UUIDv7``.
public struct ManagementKeyID: Hashable, Sendable {
    /// The value of the row's `id` column.
    public let rawValue: Int64
    /// Creates an identifier from the value of the row's `id` column.
    public init(_ rawValue: Int64) { self.rawValue = rawValue }
}

/// A voucher's row identifier in the ledger. Internal: the public identifier is a ``UUIDv7``.
public struct VoucherID: Hashable, Sendable {
    /// The value of the row's `id` column.
    public let rawValue: Int64
    /// Creates an identifier from the value of the row's `id` column.
    public init(_ rawValue: Int64) { self.rawValue = rawValue }
}

/// A deposit's row identifier in the ledger. Internal: the public identifier is a ``UUIDv7``.
public struct DepositID: Hashable, Sendable {
    /// The value of the row's `id` column.
    public let rawValue: Int64
    /// Creates an identifier from the value of the row's `id` column.
    public init(_ rawValue: Int64) { self.rawValue = rawValue }
}
