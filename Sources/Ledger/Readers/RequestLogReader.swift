import Accounts

/// Reads rows of settled requests.
public protocol RequestLogReader: Sendable {
    /// Returns the row of a request, if it belongs to the owner.
    func row(of request: UUIDv7, owner: RowOwner) async throws -> LedgerRow?
    /// Returns a page of an owner's rows, newest first.
    func rows(of owner: RowOwner, page: Page) async throws -> LedgerPage
    /// Returns an owner's rows that match a filter, newest first, before a cursor.
    func rows(of owner: RowOwner, matching filter: RowFilter, before cursor: Int64?, atMost count: Int) async throws
        -> RowSlice
}
