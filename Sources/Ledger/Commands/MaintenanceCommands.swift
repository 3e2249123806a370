import Accounts
import Timekeeping

/// Records prices that are in force from a moment on. Receipt: the record.
public struct AdoptPrices: ManagementCommand {
    /// The prices.
    public var record: RateCardRecord

    /// Creates the command.
    public init(_ record: RateCardRecord) { self.record = record }

    public func apply(to handler: inout some ManagementCommandHandler) throws -> RateCardRecord {
        try handler.handle(self)
    }
}

extension RateCardRecord: ManagementReceipt {
    public var auditSubject: AuditSubject { AuditSubject() }
}

/// Removes the oldest rows, the objects that were given as long ago, and the answers of old calls. Sums and counts stay.
public struct PurgeRows: ManagementCommand {
    /// Rows are removed of requests that began before this moment.
    public var rowsBefore: Timestamp
    /// Answers are removed of calls that were made before this moment.
    public var callsBefore: Timestamp
    /// Most rows, and most objects, that are removed.
    public var limit: Int

    /// Creates the command.
    public init(before rowsBefore: Timestamp, callsBefore: Timestamp, atMost limit: Int) {
        self.rowsBefore = rowsBefore
        self.callsBefore = callsBefore
        self.limit = limit
    }

    public func apply(to handler: inout some ManagementCommandHandler) throws -> PurgeReceipt {
        try handler.handle(self)
    }
}

/// The receipt of ``PurgeRows``.
public struct PurgeReceipt: ManagementReceipt {
    /// Number of rows that were removed.
    public var rows: Int
    /// Number of given objects that were removed.
    public var objects: Int

    /// Creates a receipt.
    public init(rows: Int, objects: Int = 0) {
        self.rows = rows
        self.objects = objects
    }

    public var auditSubject: AuditSubject { AuditSubject() }
}

/// Sums the days of keys up by week, for all days before a Monday. No answer changes; sums over long times are read faster.
public struct RollUpWeeks: ManagementCommand {
    /// The keys.
    public var keys: [KeyID]
    /// The Monday.
    public var monday: Day

    /// Creates the command.
    public init(of keys: [KeyID], before monday: Day) {
        self.keys = keys
        self.monday = monday
    }

    public func apply(to handler: inout some ManagementCommandHandler) throws -> RollUpReceipt {
        try handler.handle(self)
    }
}

/// The receipt of ``RollUpWeeks``, which has nothing to report.
public struct RollUpReceipt: ManagementReceipt {
    /// Creates a receipt.
    public init() {}

    public var auditSubject: AuditSubject { AuditSubject() }
}
