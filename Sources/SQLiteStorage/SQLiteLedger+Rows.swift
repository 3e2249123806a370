import Accounts
import GRDB
import Ledger
import Timekeeping

/// Pages of rows: none looks at more of them than a fixed number.
extension SQLiteLedger {
    public func row(of request: UUIDv7, owner: RowOwner) async throws -> LedgerRow? {
        try await pool.read { db in
            try db.ledgerRows("WHERE request_id = ? AND \(owner.column) = ?", [request.data, owner.number]).first
        }
    }

    /// Returns a page by the sequence numbers that lie on it: rows have no gaps, so no row is skipped or counted.
    public func rows(of owner: RowOwner, page: Page) async throws -> LedgerPage {
        try await pool.read { db in
            guard let counts = try db.first(owner.counts, [owner.number]) else { return LedgerPage(rows: [], total: 0) }
            let (last, dropped): (Int64, Int64) = (counts[0], counts[1])
            let total = last - dropped
            guard page.size > 0, page.skipped < total else { return LedgerPage(rows: [], total: total) }
            let newest = last - page.skipped
            let oldest = max(dropped + 1, newest - Int64(page.size) + 1)
            let rows = try db.ledgerRows(
                "WHERE \(owner.column) = ? AND \(owner.sequence) BETWEEN ? AND ? ORDER BY \(owner.sequence) DESC",
                [owner.number, oldest, newest])
            return LedgerPage(rows: rows, total: total, next: oldest > dropped + 1 ? oldest : nil)
        }
    }

    public func rows(
        of owner: RowOwner, matching filter: RowFilter, before cursor: Int64?, atMost count: Int
    ) async throws -> RowSlice {
        try await pool.read { db in
            guard let range = try Self.range(of: owner, filter, before: cursor, db) else {
                return RowSlice(rows: [], next: nil)
            }
            // So many rows are looked at, not more; the answer says where to go on.
            let lowest = max(range.lowerBound, range.upperBound - Int64(RowSlice.examinedRows) + 1)
            let rows = try db.ledgerRows(
                """
                WHERE \(owner.column) = ? AND \(owner.sequence) BETWEEN ? AND ? AND started_at_ms >= ?
                    AND started_at_ms < ? AND (? IS NULL OR models.name = ?)
                ORDER BY \(owner.sequence) DESC LIMIT ?
                """,
                [
                    owner.number, lowest, range.upperBound, filter.from?.milliseconds ?? .min,
                    filter.until?.milliseconds ?? .max, filter.model, filter.model, count,
                ])
            guard rows.count == count, let last = rows.last else {
                return RowSlice(rows: rows, next: lowest > range.lowerBound ? lowest : nil)
            }
            let sequence: Int64? = try db.first(
                "SELECT \(owner.sequence) FROM requests WHERE request_id = ?", [last.requestID.data])?[0]
            return RowSlice(rows: rows, next: sequence.flatMap { $0 > range.lowerBound ? $0 : nil })
        }
    }

    /// Returns the sequence numbers between which all rows lie that can match: sums by day and by hour know theirs.
    private static func range(
        of owner: RowOwner, _ filter: RowFilter, before cursor: Int64?, _ db: Database
    ) throws -> ClosedRange<Int64>? {
        guard let counts = try db.first(owner.counts, [owner.number]) else { return nil }
        var last: Int64 = counts[0]
        var first: Int64 = counts[1] + 1
        if filter.from != nil || filter.until != nil || filter.model != nil {
            let step = owner.sumStep
            let bounds = try db.first(
                owner.bounds + (filter.model == nil ? "" : " AND model_id = (SELECT id FROM models WHERE name = ?)"),
                [
                    owner.number, filter.from.map { $0.milliseconds / step } ?? .min,
                    filter.until.map { $0.milliseconds / step } ?? .max,
                ] + (filter.model.map { [$0] } ?? []))
            guard let lowest: Int64 = bounds?[0], let highest: Int64 = bounds?[1] else { return nil }
            first = max(first, lowest)
            last = min(last, highest)
        }
        if let cursor { last = min(last, cursor - 1) }
        return first <= last ? first...last : nil
    }
}

extension RowOwner {
    fileprivate var number: Int64 {
        switch self {
        case .account(let id): id.rawValue
        case .key(let id): id.rawValue
        }
    }

    fileprivate var column: String {
        switch self {
        case .account: "requests.account_id"
        case .key: "requests.key_id"
        }
    }

    fileprivate var sequence: String {
        switch self {
        case .account: "account_sequence"
        case .key: "key_sequence"
        }
    }

    /// The number of the newest row, and how many of the oldest were dropped.
    fileprivate var counts: String {
        switch self {
        case .account: "SELECT row_count, dropped_rows FROM accounts WHERE id = ?"
        case .key: "SELECT row_count, dropped_rows FROM keys WHERE id = ?"
        }
    }

    /// What the sums are made for, in milliseconds.
    fileprivate var sumStep: Int64 {
        switch self {
        case .account: UsageStep.hour.rawValue
        case .key: UsageStep.day.rawValue
        }
    }

    fileprivate var bounds: String {
        switch self {
        case .account:
            """
            SELECT MIN(first_sequence), MAX(last_sequence) FROM usage_by_model_hour
            WHERE account_id = ? AND hour BETWEEN ? AND ?
            """
        case .key:
            """
            SELECT MIN(first_sequence), MAX(last_sequence) FROM usage_by_key_day
            WHERE key_id = ? AND day BETWEEN ? AND ?
            """
        }
    }
}
