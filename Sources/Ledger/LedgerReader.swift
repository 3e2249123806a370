import Accounts
import Timekeeping

/// Reads of what is durable, each from one consistent state.
public protocol LedgerReader: Sendable {
    /// Returns all accounts, oldest first.
    func accounts() async throws -> [AccountRecord]
    /// Returns one account, or nil.
    func account(_ id: AccountID) async throws -> AccountRecord?
    /// Returns the client keys of an account that are not deleted, oldest first.
    func clientKeys(of account: AccountID) async throws -> [KeyRecord]
    /// Returns an account with all of its keys and what they have used up to a day, from one state; nil if there is none.
    func overview(of account: AccountID, today: Day) async throws -> AccountOverview?
    /// Returns the same of one key, or nil.
    func overview(ofKey key: KeyID, today: Day) async throws -> AccountOverview.Key?
    /// Returns what the keys of an account are called, deleted ones included.
    func keyNames(of account: AccountID) async throws -> [KeyID: KeyName]
    /// Returns the key of an account's temporary web tokens, or nil if it never had any.
    func webKey(of account: AccountID) async throws -> KeyRecord?
    /// Returns the management keys of an account that are not deleted, oldest first.
    func managementKeys(of account: AccountID) async throws -> [ManagementKeyRecord]
    /// Returns lines of the audit log before a line, newest first: of one account, or of all.
    func audit(of account: AccountID?, before line: Int64?, atMost count: Int) async throws -> [AuditRecord]
    /// Returns the account's own key: it has exactly one.
    func ownKey(of account: AccountID) async throws -> KeyRecord?
    /// Returns one key, deleted or not, or nil.
    func key(_ id: KeyID) async throws -> KeyRecord?
    /// Returns one key by its public identifier, deleted or not, or nil.
    func key(publicID: UUIDv7) async throws -> KeyRecord?
    /// Returns one account by its public identifier, or nil.
    func account(publicID: UUIDv7) async throws -> AccountRecord?
    /// Returns one deposit by its public identifier, or nil.
    func deposit(publicID: UUIDv7) async throws -> DepositRecord?
    /// Returns deposits, newest first: of one account, or of all.
    func deposits(of account: AccountID?) async throws -> [DepositRecord]
    /// Returns a page of the rows of a key, or of all keys of an account, newest first.
    func rows(of owner: RowOwner, page: Page) async throws -> LedgerPage
    /// Returns an account's rows, or a key's, that match a filter, newest first, from the one before a cursor on.
    func rows(of owner: RowOwner, matching filter: RowFilter, before cursor: Int64?, atMost count: Int) async throws
        -> RowSlice
    /// Returns how an account's pages look to its clients.
    func brand(of account: AccountID) async throws -> Brand
    /// Returns when an account wants to be warned.
    func alerts(of account: AccountID) async throws -> Alerts
    /// Returns vouchers of an account before one, newest first.
    func vouchers(of account: AccountID, before voucher: VoucherID?, atMost count: Int) async throws
        -> [VoucherRecord]
    /// Returns one voucher by its public identifier, or nil.
    func voucher(publicID: UUIDv7) async throws -> VoucherRecord?
    /// Returns the voucher that a code is of, or nil.
    func voucher(digest: KeyDigest) async throws -> VoucherRecord?
    /// Returns the row of a request, if it is one of an account's, or a key's.
    func row(of request: UUIDv7, owner: RowOwner) async throws -> LedgerRow?
    /// Returns what an account has used in each hour or on each day from a moment on, model by model.
    func usageByModel(of account: AccountID, from start: Timestamp?, model: String?, in step: UsageStep) async throws
        -> [UsagePoint]
    /// Returns what a key has used on each day from one on, model by model, oldest first; its shown cost is known.
    func usageByModel(ofKey id: KeyID, from day: Day) async throws -> [UsagePoint]
    /// Returns what all client keys of an account have used on each day from one on, model by model, oldest first; their shown
    /// cost is known.
    func clientUsageByModel(of account: AccountID, from day: Day) async throws -> [UsagePoint]
    /// Returns what the keys of an account have used from a day on, with one model or all of them.
    func usageByKey(of account: AccountID, from day: Day?, model: String?) async throws -> [KeyID: UsageSum]
    /// Returns the same, counted from rows of requests that began at a moment or later.
    func usageByKey(of account: AccountID, since moment: Timestamp, model: String?) async throws -> [KeyID: UsageSum]
    /// Returns keys whose weeks before a Monday are not all summed up yet; see `LedgerCommand.rollUpWeeks`.
    func keysToRollUp(before monday: Day, atMost count: Int) async throws -> [KeyID]
    /// Returns what a key has used on the days from one until before another; nil leaves an end open.
    func usage(ofKey key: KeyID, from start: Day?, before end: Day?) async throws -> UsageSum
    /// Returns rows of requests that the gateway did not live to see the end of, newest first.
    func interruptedRows(atMost count: Int) async throws -> [LedgerRow]
    /// Returns the holds of requests that began before a moment, oldest first.
    func holds(before moment: Timestamp) async throws -> [Hold]
    /// Returns what an earlier call was answered, or nil.
    func answer(caller: AccountID?, name: String) async throws -> KeptAnswer?
    /// Returns a key together with its usage today, this week, this month and in total, from one state.
    func keyUsage(_ key: KeyID, today: Day) async throws -> KeyUsage?
}
