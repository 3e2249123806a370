import Accounts
import Timekeeping

/// Reads open holds and the rows of interrupted requests.
public protocol HoldReader: Sendable {
    /// Returns the holds of requests that began before a moment, oldest first.
    func holds(before moment: Timestamp) async throws -> [Hold]
    /// Returns rows of requests that were in flight when the gateway stopped, newest first.
    func interruptedRows(atMost count: Int) async throws -> [LedgerRow]
}
