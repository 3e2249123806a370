import Accounts

/// Reads rows of settled requests.
public protocol RequestLogReader: Sendable {
    /// Returns the row of a request, if it belongs to the owner.
    func row(of request: UUIDv7, owner: RowOwner) async throws -> LedgerRow?
    /// Returns the row of a request, whoever owns it, or nil.
    func row(of request: UUIDv7) async throws -> LedgerRow?
    /// Returns the record of a rate card, or nil if no such prices were ever recorded.
    func rateCard(version: Int64) async throws -> RateCardRecord?
    /// Returns a page of an owner's rows, newest first.
    func rows(of owner: RowOwner, page: Page) async throws -> LedgerPage
    /// Returns an owner's rows that match a filter, newest first, before a cursor.
    func rows(of owner: RowOwner, matching filter: RowFilter, before cursor: Int64?, atMost count: Int) async throws
        -> RowSlice
}
