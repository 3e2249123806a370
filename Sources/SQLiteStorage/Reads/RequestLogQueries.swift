import Accounts
import GRDB
import Ledger
import Timekeeping

/// Rows of settled requests. Sequence numbers have no gaps, so a page is a range of them: no answer examines more rows than
/// a fixed number.
struct RequestLogQueries {
    let db: Database
    let owner: RowOwner

    func row(of request: UUIDv7) throws -> LedgerRow? {
        try db.ledgerRows("WHERE request_id = ? AND \(owner.column) = ?", [request.data, owner.number]).first
    }

    func page(_ page: Page) throws -> LedgerPage {
        guard let (last, removed) = try counts() else { return LedgerPage(rows: [], total: 0) }
        let total = last - removed
        guard page.size > 0, page.skipped < total else { return LedgerPage(rows: [], total: total) }
        let newest = last - page.skipped
        let oldest = max(removed + 1, newest - Int64(page.size) + 1)
        let rows = try db.ledgerRows(
            "WHERE \(owner.column) = ? AND \(owner.sequence) BETWEEN ? AND ? ORDER BY \(owner.sequence) DESC",
            [owner.number, oldest, newest])
        return LedgerPage(rows: rows, total: total, next: oldest > removed + 1 ? oldest : nil)
    }

    func slice(_ filter: RowFilter, before cursor: Int64?, atMost count: Int) throws -> RowSlice {
        guard let range = try range(filter, before: cursor) else { return RowSlice(rows: [], next: nil) }
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
            "SELECT \(owner.sequence) AS sequence FROM requests WHERE request_id = ?", [last.requestID.data]
        )?["sequence"]
        return RowSlice(rows: rows, next: sequence.flatMap { $0 > range.lowerBound ? $0 : nil })
    }

    /// Returns the range of sequence numbers of all rows that can match: the roll-ups know those of each day and hour.
    private func range(_ filter: RowFilter, before cursor: Int64?) throws -> ClosedRange<Int64>? {
        guard let counts = try counts() else { return nil }
        var (first, last) = (counts.removed + 1, counts.last)
        if filter.from != nil || filter.until != nil || filter.model != nil {
            let step = owner.sumStep
            let bounds = try db.first(
                owner.bounds + (filter.model == nil ? "" : " AND model_id = (SELECT id FROM models WHERE name = ?)"),
                [
                    owner.number, filter.from.map { $0.milliseconds / step } ?? .min,
                    filter.until.map { $0.milliseconds / step } ?? .max,
                ] + (filter.model.map { [$0] } ?? []))
            guard let lowest: Int64 = bounds?["first_sequence"], let highest: Int64 = bounds?["last_sequence"] else {
                return nil
            }
            first = max(first, lowest)
            last = min(last, highest)
        }
        if let cursor { last = min(last, cursor - 1) }
        return first <= last ? first...last : nil
    }

    /// Returns the sequence number of the newest row, and the number of removed rows.
    private func counts() throws -> (last: Int64, removed: Int64)? {
        try db.first(owner.counts, [owner.number]).map { ($0["row_count"], $0["dropped_rows"]) }
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

    /// Selects the sequence number of the newest row, and the number of removed rows.
    fileprivate var counts: String {
        switch self {
        case .account: "SELECT row_count, dropped_rows FROM accounts WHERE id = ?"
        case .key: "SELECT row_count, dropped_rows FROM keys WHERE id = ?"
        }
    }

    /// The step of the roll-up that ``bounds`` reads, in milliseconds.
    fileprivate var sumStep: Int64 {
        switch self {
        case .account: UsageStep.hour.rawValue
        case .key: UsageStep.day.rawValue
        }
    }

    /// Selects the range of the sequence numbers of rows in a range of steps, from a roll-up.
    fileprivate var bounds: String {
        switch self {
        case .account:
            """
            SELECT MIN(first_sequence) AS first_sequence, MAX(last_sequence) AS last_sequence
            FROM usage_by_model_hour
            WHERE account_id = ? AND hour BETWEEN ? AND ?
            """
        case .key:
            """
            SELECT MIN(first_sequence) AS first_sequence, MAX(last_sequence) AS last_sequence
            FROM usage_by_key_day
            WHERE key_id = ? AND day BETWEEN ? AND ?
            """
        }
    }
}
