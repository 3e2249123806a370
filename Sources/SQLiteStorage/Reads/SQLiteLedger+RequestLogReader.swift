import Accounts
import GRDB
import Ledger

extension SQLiteLedger: RequestLogReader {
    public func row(of request: UUIDv7, owner: RowOwner) async throws -> LedgerRow? {
        try await pool.read { try RequestLogQueries(db: $0, owner: owner).row(of: request) }
    }

    public func row(of request: UUIDv7) async throws -> LedgerRow? {
        try await pool.read { try $0.ledgerRows("WHERE request_id = ?", [request.data]).first }
    }

    public func rateCard(version: Int64) async throws -> RateCardRecord? {
        try await pool.read { db in
            try db.first(
                "SELECT \(RateCardRecord.columns) FROM rate_cards WHERE version = ? ORDER BY id LIMIT 1", [version]
            ).map(RateCardRecord.init(row:))
        }
    }

    public func rows(of owner: RowOwner, page: Page) async throws -> LedgerPage {
        try await pool.read { try RequestLogQueries(db: $0, owner: owner).page(page) }
    }

    public func rows(
        of owner: RowOwner, matching filter: RowFilter, before cursor: Int64?, atMost count: Int
    ) async throws -> RowSlice {
        try await pool.read { db in
            try RequestLogQueries(db: db, owner: owner).slice(filter, before: cursor, atMost: count)
        }
    }
}
