import Accounts
import Metering
import Money
import Timekeeping

/// Which part of a list is wanted.
public struct Page: Hashable, Sendable {
    /// Rows before it.
    public var skipped: Int64
    /// Rows on a page.
    public var size: Int

    /// Creates a page request; pages are counted from 1, and any other has no rows.
    public init(number: Int, size: Int) {
        let (skipped, overflow) = Int64(number - 1).multipliedReportingOverflow(by: Int64(size))
        self.init(skipping: overflow || number < 1 ? .max : skipped, size: size)
    }

    /// Creates a request for what comes after so many rows.
    public init(skipping skipped: Int64, size: Int) {
        self.skipped = skipped
        self.size = size
    }
}

/// Whose rows are wanted.
public enum RowOwner: Hashable, Sendable {
    /// Those of all keys of an account.
    case account(AccountID)
    /// Those of a key.
    case key(KeyID)
}

/// Which rows are wanted.
public struct RowFilter: Hashable, Sendable {
    /// Requests that began at this moment or later.
    public var from: Timestamp?
    /// Requests that began before this moment.
    public var until: Timestamp?
    /// Requests that named this model.
    public var model: String?

    /// Creates a filter.
    public init(from: Timestamp? = nil, until: Timestamp? = nil, model: String? = nil) {
        self.from = from
        self.until = until
        self.model = model
    }
}

/// Some rows of a list, and where it goes on.
public struct RowSlice: Hashable, Sendable {
    /// The rows, newest first. There may be fewer than were asked for although the list goes on: only so many are looked
    /// at for one answer.
    public var rows: [LedgerRow]
    /// The cursor from which the list goes on; nil at its end.
    public var next: Int64?

    /// Creates a slice.
    public init(rows: [LedgerRow], next: Int64?) {
        self.rows = rows
        self.next = next
    }

    /// How many rows are looked at for one slice.
    public static let looksAt = 10_000
}

/// A page of rows and the count of all of them.
public struct LedgerPage: Hashable, Sendable {
    /// The rows, newest first.
    public var rows: [LedgerRow]
    /// How many rows there are on all pages.
    public var total: Int64
    /// The cursor from which the list goes on behind the page; nil at its end.
    public var next: Int64?

    /// Creates a page.
    public init(rows: [LedgerRow], total: Int64, next: Int64? = nil) {
        self.rows = rows
        self.total = total
        self.next = next
    }
}

/// One settled request.
public struct LedgerRow: Hashable, Sendable {
    /// The request.
    public var requestID: UUIDv7
    /// The account that paid.
    public var accountID: AccountID
    /// The key that spent.
    public var keyID: KeyID
    /// The beginning of that key's secret, for display.
    public var keyDisplayID: String
    /// Whose money it took.
    public var payer: Payer
    /// The model that was asked for.
    public var model: String
    /// The operation that was asked for.
    public var operation: Operation
    /// What was used.
    public var usage: TokenUsage
    /// How the usage was obtained.
    public var usageSource: UsageSource
    /// What it really cost.
    public var cost: NanoUSD
    /// What the client sees that it cost.
    public var shownCost: NanoUSD
    /// The part of the cost that was booked as an overrun on the account.
    public var overrun: NanoUSD
    /// What the upstream itself said that it cost, if it did.
    public var upstreamCost: NanoUSD?
    /// From the request's first byte to the answer's last, in milliseconds.
    public var durationMilliseconds: Int64
    /// From the request's first byte to the answer's first, in milliseconds.
    public var firstByteMilliseconds: Int64?
    /// The HTTP status that the client got.
    public var status: Int
    /// How the request ended.
    public var ending: RequestEnding
    /// How often it was sent to an upstream.
    public var attempts: Int
    /// The account's markup in force.
    public var markup: Markup
    /// The version of the price in force.
    public var priceVersion: Int64
    /// The multiplier in force.
    public var multiplier: DisplayMultiplier
    /// When the request began.
    public var startedAt: Timestamp

    /// Creates a row from a settlement and what the ledger adds to it.
    public init(_ settlement: Settlement, shownCost: NanoUSD, keyDisplayID: String) {
        requestID = settlement.hold.requestID
        accountID = settlement.hold.accountID
        keyID = settlement.hold.keyID
        self.keyDisplayID = keyDisplayID
        payer = settlement.hold.payer
        model = settlement.hold.model
        operation = settlement.hold.operation
        usage = settlement.usage
        usageSource = settlement.usageSource
        cost = settlement.cost
        self.shownCost = shownCost
        overrun = settlement.overrun
        upstreamCost = settlement.upstreamCost
        durationMilliseconds = settlement.durationMilliseconds
        firstByteMilliseconds = settlement.firstByteMilliseconds
        status = settlement.status
        ending = settlement.ending
        attempts = settlement.attempts
        markup = settlement.hold.markup
        priceVersion = settlement.hold.priceVersion
        multiplier = settlement.hold.multiplier
        startedAt = settlement.hold.startedAt
    }
}
