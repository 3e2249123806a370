import Accounts
import Money
import Timekeeping

/// The status of a deposit.
public enum DepositStatus: Int, Hashable, Sendable, CaseIterable {
    /// Announced, does not count.
    case pending = 0
    /// Arrived, counts.
    case completed = 1
    /// Will not arrive, does not count.
    case refused = 2
}

/// The record of a deposit.
public struct DepositRecord: Hashable, Sendable {
    /// Identifier of the row.
    public var id: DepositID
    /// Public identifier of the deposit.
    public var publicID: UUIDv7
    /// The account that it is for.
    public var accountID: AccountID
    /// Its amount, greater than zero.
    public var amount: NanoUSD
    /// Its status: only completed deposits count.
    public var status: DepositStatus
    /// The operator's own reference; the same reference on the same account twice is one deposit.
    public var reference: String?
    /// When it was entered.
    public var createdAt: Timestamp
    /// When it was completed; nil if it is not.
    public var completedAt: Timestamp?

    /// Creates a record from all of its parts.
    public init(
        id: DepositID, publicID: UUIDv7, accountID: AccountID, amount: NanoUSD, status: DepositStatus,
        reference: String?, createdAt: Timestamp, completedAt: Timestamp?
    ) {
        self.id = id
        self.publicID = publicID
        self.accountID = accountID
        self.amount = amount
        self.status = status
        self.reference = reference
        self.createdAt = createdAt
        self.completedAt = completedAt
    }
}
