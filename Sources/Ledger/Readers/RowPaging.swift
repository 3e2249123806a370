import Accounts
import Timekeeping

/// A part of a list.
public struct Page: Hashable, Sendable {
    /// Number of rows before it.
    public var skipped: Int64
    /// Number of rows on a page.
    public var size: Int

    /// Creates a request for a page; pages are counted from 1, and any other has no rows.
    public init(number: Int, size: Int) {
        let (skipped, overflow) = Int64(number - 1).multipliedReportingOverflow(by: Int64(size))
        self.init(skipping: overflow || number < 1 ? .max : skipped, size: size)
    }

    /// Creates a request for the rows after a number of them.
    public init(skipping skipped: Int64, size: Int) {
        self.skipped = skipped
        self.size = size
    }
}

/// The owner of rows.
public enum RowOwner: Hashable, Sendable {
    /// All keys of an account.
    case account(AccountID)
    /// One key.
    case key(KeyID)
}

/// A filter of rows.
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

/// Some rows of a list, and the cursor of the next.
public struct RowSlice: Hashable, Sendable {
    /// The rows, newest first. There may be fewer than requested although the list continues: one answer examines at most
    /// ``examinedRows`` rows.
    public var rows: [LedgerRow]
    /// Pagination cursor of the next slice; nil at the end.
    public var next: Int64?

    /// Creates a slice.
    public init(rows: [LedgerRow], next: Int64?) {
        self.rows = rows
        self.next = next
    }

    /// Most rows that are examined for one slice.
    public static let examinedRows = 10_000
}

/// A page of rows and the number of rows on all pages.
public struct LedgerPage: Hashable, Sendable {
    /// The rows, newest first.
    public var rows: [LedgerRow]
    /// Number of rows on all pages.
    public var total: Int64
    /// Pagination cursor of the rows behind the page; nil at the end.
    public var next: Int64?

    /// Creates a page.
    public init(rows: [LedgerRow], total: Int64, next: Int64? = nil) {
        self.rows = rows
        self.total = total
        self.next = next
    }
}
