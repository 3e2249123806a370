import Accounts
import Metering
import Money
import Timekeeping

/// Reads of the model: every answer is counted afresh from its rows.
extension InMemoryLedger: LedgerReader {
    public func contents() async -> LedgerContents {
        read { model in
            LedgerContents(
                accounts: model.accounts, keys: model.keys.filter { $0.deletedAt == nil },
                holds: Array(model.holds.values), rateCards: model.rateCards)
        }
    }

    public func accounts() -> [AccountRecord] { read { $0.accounts } }

    public func account(_ id: AccountID) -> AccountRecord? { read { $0.accounts.first { $0.id == id } } }

    public func account(publicID: UUIDv7) -> AccountRecord? {
        read { $0.accounts.first { $0.publicID == publicID } }
    }

    public func clientKeys(of account: AccountID) -> [KeyRecord] {
        read { $0.keys.filter { $0.accountID == account && $0.kind == .client && $0.deletedAt == nil } }
    }

    public func ownKey(of account: AccountID) -> KeyRecord? {
        read { $0.keys.first { $0.accountID == account && $0.kind == .account } }
    }

    public func key(_ id: KeyID) -> KeyRecord? { read { $0.keys.first { $0.id == id } } }

    public func key(publicID: UUIDv7) -> KeyRecord? { read { $0.keys.first { $0.publicID == publicID } } }

    public func deposit(publicID: UUIDv7) -> DepositRecord? {
        read { $0.deposits.first { $0.publicID == publicID } }
    }

    public func deposits(of account: AccountID?) -> [DepositRecord] {
        read { $0.deposits.reversed().filter { account == nil || $0.accountID == account } }
    }

    /// Returns all of a key's rows, newest first.
    public func rows(ofKey key: KeyID) -> [LedgerRow] { rows { $0.keyID == key } }

    public func interruptedRows(atMost count: Int) -> [LedgerRow] {
        Array(rows { $0.ending == .interrupted }.prefix(count))
    }

    public func holds(before moment: Timestamp) -> [Hold] {
        read { $0.holds.values.filter { $0.startedAt < moment } }.sorted { $0.startedAt < $1.startedAt }
    }

    public func answer(caller: AccountID?, name: String) -> KeptAnswer? {
        read { $0.answer(caller: caller, name: name) }
    }

    public func rows(ofAccount account: AccountID, page: Page) -> LedgerPage {
        Self.page(page, of: rows { $0.accountID == account })
    }

    public func rows(ofKey key: KeyID, page: Page) -> LedgerPage { Self.page(page, of: rows(ofKey: key)) }

    public func keyUsage(_ id: KeyID, today: Day) -> KeyUsage? {
        guard let key = key(id) else { return nil }
        func sum(since day: Day?) -> UsageSum { usage(ofKey: id, from: day, before: nil) }
        return KeyUsage(
            key: key, today: sum(since: today), week: sum(since: today.firstOfWeek),
            month: sum(since: today.firstOfMonth), total: sum(since: nil))
    }

    public func usage(ofKey id: KeyID, from start: Day?, before end: Day?) -> UsageSum {
        let rows = read { model in (model.dropped + model.rows).filter { $0.keyID == id } }
        var sum = UsageSum()
        for row in rows
        where start.map({ row.startedAt.day >= $0 }) ?? true && end.map({ row.startedAt.day < $0 }) ?? true {
            sum.requests += 1
            sum.inputTokens += row.usage.allInput
            sum.outputTokens += row.usage.output
            sum.cost += row.cost - row.overrun
            sum.shownCost += row.shownCost
        }
        return sum
    }

    /// Returns the rows that match, newest first, with their keys' secrets as they are displayed now.
    private func rows(where isWanted: (LedgerRow) -> Bool) -> [LedgerRow] {
        read { model in
            model.rows.reversed().filter(isWanted).map { row in
                var row = row
                row.keyDisplayID = model.keys.first { $0.id == row.keyID }?.displayID ?? row.keyDisplayID
                return row
            }
        }
    }

    private static func page(_ page: Page, of rows: [LedgerRow]) -> LedgerPage {
        guard page.number > 0, page.size > 0 else { return LedgerPage(rows: [], total: Int64(rows.count)) }
        let wanted = rows.dropFirst((page.number - 1) * page.size).prefix(page.size)
        return LedgerPage(rows: Array(wanted), total: Int64(rows.count))
    }
}
