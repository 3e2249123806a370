import Accounts
import Timekeeping

/// Reads sums of usage.
public protocol UsageReader: Sendable {
    /// Returns a key with its usage today, this week, this month and in total, from one state.
    func keyUsage(_ key: KeyID, today: Day) async throws -> KeyUsage?
    /// Returns a key's usage from one day until before another; nil leaves an end open.
    func usage(ofKey key: KeyID, from start: Day?, before end: Day?) async throws -> UsageSum
    /// Returns a key's usage by day and model from a day on, oldest first, with shown costs.
    func usageByModel(ofKey id: KeyID, from day: Day) async throws -> [UsagePoint]
    /// Returns an account's usage by hour or day and by model from a moment on, oldest first, without shown costs.
    func usageByModel(of account: AccountID, from start: Timestamp?, model: String?, in step: UsageStep) async throws
        -> [UsagePoint]
    /// Returns the usage of all client keys of an account by day and model from a day on, oldest first, with shown costs.
    func clientUsageByModel(of account: AccountID, from day: Day) async throws -> [UsagePoint]
    /// Returns the usage of all client keys of an account in each hour from the one of a moment on, by model, oldest first.
    /// It is counted from the rows of requests, so its shown cost is known.
    func clientUsageByModel(of account: AccountID, since moment: Timestamp) async throws -> [UsagePoint]
    /// Returns the usage of each key of an account from a day on, of one model or of all.
    func usageByKey(of account: AccountID, from day: Day?, model: String?) async throws -> [KeyID: UsageSum]
    /// Returns the usage of each key of an account, counted from rows of requests that began at a moment or later.
    func usageByKey(of account: AccountID, since moment: Timestamp, model: String?) async throws -> [KeyID: UsageSum]
}
