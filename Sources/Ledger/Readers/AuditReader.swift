import Accounts

/// Reads the audit log.
public protocol AuditReader: Sendable {
    /// Returns lines before a cursor, newest first: of one account, or of all.
    func audit(of account: AccountID?, before line: Int64?, atMost count: Int) async throws -> [AuditRecord]
}
