import Accounts
import Ledger
import Metering
import Money
import Timekeeping

/// Reads of the model: every sum is computed from the rows.
extension InMemoryLedger: LedgerReader {
    public func contents(usageFrom day: Day) async -> LedgerContents {
        read { $0.contents(usageFrom: day) }
    }

    public func givenObjects(_ digests: [ObjectDigest], to key: KeyID) async -> [ObjectDigest: String] {
        read { $0.givenObjects(digests, to: key) }
    }

    public func accounts() -> [AccountRecord] { read { $0.accounts } }

    public func account(_ id: AccountID) -> AccountRecord? { read { $0.accounts.first { $0.id == id } } }

    public func account(publicID: UUIDv7) -> AccountRecord? {
        read { $0.accounts.first { $0.publicID == publicID } }
    }

    public func clientKeys(of account: AccountID) -> [KeyRecord] {
        read { $0.keys.filter { $0.accountID == account && $0.kind == .client && $0.deletedAt == nil } }
    }

    public func overview(of id: AccountID, today: Day) -> AccountOverview? {
        guard let account = account(id) else { return nil }
        let keys = read { $0.keys.filter { $0.accountID == id } }
        return AccountOverview(account: account, keys: keys.compactMap { overview(ofKey: $0.id, today: today) })
    }

    public func overview(ofKey id: KeyID, today: Day) -> AccountOverview.Key? {
        guard let key = key(id) else { return nil }
        let period = key.rules.spendLimit?.period
        let spent = period.map { usage(ofKey: id, from: $0.first(around: today), before: nil).cost }
        return AccountOverview.Key(
            record: key, spentInPeriod: spent ?? .zero, lastUsedAt: rows(ofKey: id).first?.startedAt)
    }

    public func policyHolds(of account: AccountID) -> [KeyID: Timestamp] {
        let keys = Set(clientKeys(of: account).map(\.id))
        return read { $0.policyHolds.filter { keys.contains($0.key) } }
    }

    public func keyNames(of account: AccountID) -> [KeyID: KeyName] {
        let keys = read { $0.keys.filter { $0.accountID == account } }
        return Dictionary(
            uniqueKeysWithValues: keys.map { key in
                (
                    key.id,
                    KeyName(
                        kind: key.kind, publicID: key.publicID, label: key.label, environment: key.rules.environment,
                        team: key.rules.team, project: key.rules.project)
                )
            })
    }

    public func webKey(of account: AccountID) -> KeyRecord? {
        read { $0.keys.first { $0.accountID == account && $0.kind == .webTokens } }
    }

    public func managementKeys(of account: AccountID) -> [ManagementKeyRecord] {
        read { $0.managementKeys.filter { $0.accountID == account } }
    }

    public func audit(of account: AccountID?, before line: Int64?, atMost count: Int) -> [AuditRecord] {
        let lines = read { $0.audit.reversed() }.filter { entry in
            (account == nil || entry.accountID == account) && line.map { entry.id < $0 } ?? true
        }
        return Array(lines.prefix(count))
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

    public func rows(of owner: RowOwner, page: Page) -> LedgerPage {
        let rows = rows { $0.isOwned(by: owner) }
        let dropped = read { $0.dropped.count { $0.isOwned(by: owner) } }
        let wanted = Array(rows.dropFirst(Int(page.skipped)).prefix(max(0, page.size)))
        let behind = Int64(rows.count - wanted.count) - page.skipped
        return LedgerPage(
            rows: wanted, total: Int64(rows.count),
            next: !wanted.isEmpty && behind > 0 ? Int64(dropped) + behind + 1 : nil)
    }

    public func rows(
        of owner: RowOwner, matching filter: RowFilter, before cursor: Int64?, atMost count: Int
    ) -> RowSlice {
        let all = rows { $0.isOwned(by: owner) }
        let dropped = read { $0.dropped.count { $0.isOwned(by: owner) } }
        var found: [LedgerRow] = []
        for (index, row) in all.enumerated() {
            let sequence = Int64(dropped + all.count - index)
            guard cursor.map({ sequence < $0 }) ?? true, filter.matches(row) else { continue }
            found.append(row)
            if found.count == count { return RowSlice(rows: found, next: index + 1 < all.count ? sequence : nil) }
        }
        return RowSlice(rows: found, next: nil)
    }

    public func row(of request: UUIDv7, owner: RowOwner) -> LedgerRow? {
        rows { $0.requestID == request && $0.isOwned(by: owner) }.first
    }

    public func row(of request: UUIDv7) -> LedgerRow? { rows { $0.requestID == request }.first }

    public func rateCard(version: Int64) -> RateCardRecord? {
        read { $0.rateCards.first { $0.version == version } }
    }

    public func usageByModel(
        of account: AccountID, from start: Timestamp?, model: String?, in step: UsageStep
    ) -> [UsagePoint] {
        var points: [UsagePoint] = []
        for row in allRows(of: account, model: model)
        where start.map({ row.startedAt.hourNumber >= $0.hourNumber }) ?? true {
            let began = Timestamp(milliseconds: row.startedAt.milliseconds / step.rawValue * step.rawValue)
            let place = points.firstIndex { $0.start == began && $0.model == row.model } ?? points.count
            if place == points.count { points.append(UsagePoint(start: began, model: row.model, sum: UsageSum())) }
            points[place].sum.count(row)
            points[place].sum.shownCost = .zero
        }
        return points.sorted { ($0.start, $0.model) < ($1.start, $1.model) }
    }

    public func usageByModel(ofKey id: KeyID, from day: Day) -> [UsagePoint] {
        Self.byDayAndModel(read { $0.dropped + $0.rows }.filter { $0.keyID == id && $0.startedAt.day >= day })
    }

    public func clientUsageByModel(of account: AccountID, from day: Day) -> [UsagePoint] {
        let keys = read { Set($0.keys.filter { $0.accountID == account && $0.kind == .client }.map(\.id)) }
        return Self.byDayAndModel(
            read { $0.dropped + $0.rows }.filter { keys.contains($0.keyID) && $0.startedAt.day >= day })
    }

    public func clientUsageByModel(of account: AccountID, since moment: Timestamp) -> [UsagePoint] {
        let keys = read { Set($0.keys.filter { $0.accountID == account && $0.kind == .client }.map(\.id)) }
        var sums: [Int64: [String: UsageSum]] = [:]
        for row in read({ $0.dropped + $0.rows })
        where keys.contains(row.keyID) && row.startedAt.hourNumber >= moment.hourNumber {
            sums[row.startedAt.hourNumber, default: [:]][row.model, default: UsageSum()].count(row)
        }
        return sums.flatMap { hour, models in
            models.map { UsagePoint(start: Timestamp(milliseconds: hour * 3_600_000), model: $0, sum: $1) }
        }.sorted { ($0.start, $0.model) < ($1.start, $1.model) }
    }

    private static func byDayAndModel(_ rows: [LedgerRow]) -> [UsagePoint] {
        var sums: [Day: [String: UsageSum]] = [:]
        for row in rows { sums[row.startedAt.day, default: [:]][row.model, default: UsageSum()].count(row) }
        return sums.flatMap { day, models in
            models.map { UsagePoint(start: day.start, model: $0, sum: $1) }
        }.sorted { ($0.start, $0.model) < ($1.start, $1.model) }
    }

    public func alerts(of account: AccountID) -> Alerts { read { $0.alerts[account] ?? Alerts() } }

    public func vouchers(of account: AccountID, before voucher: VoucherID?, atMost count: Int) -> [VoucherRecord] {
        let found = read { $0.vouchers.reversed() }.filter { record in
            record.accountID == account && voucher.map { record.id.rawValue < $0.rawValue } ?? true
        }
        return Array(found.prefix(count))
    }

    public func voucher(publicID: UUIDv7) -> VoucherRecord? {
        read { $0.vouchers.first { $0.voucher.publicID == publicID } }
    }

    public func voucher(digest: KeyDigest) -> VoucherRecord? {
        read { $0.vouchers.first { $0.voucher.digest == digest } }
    }

    public func brand(of account: AccountID) -> Brand { read { $0.brands[account] ?? Brand() } }

    public func usageByKey(of account: AccountID, from day: Day?, model: String?) -> [KeyID: UsageSum] {
        Self.byKey(allRows(of: account, model: model).filter { row in day.map { row.startedAt.day >= $0 } ?? true })
    }

    public func usageByKey(of account: AccountID, since moment: Timestamp, model: String?) -> [KeyID: UsageSum] {
        Self.byKey(rows { $0.accountID == account && $0.startedAt >= moment && (model == nil || $0.model == model) })
    }

    public func keysToRollUp(before monday: Day, atMost count: Int) -> [KeyID] { [] }

    private static func byKey(_ rows: [LedgerRow]) -> [KeyID: UsageSum] {
        rows.reduce(into: [:]) { sums, row in sums[row.keyID, default: UsageSum()].count(row) }
    }

    /// Returns an account's rows, removed ones included.
    private func allRows(of account: AccountID, model name: String?) -> [LedgerRow] {
        read { model in
            (model.dropped + model.rows).filter { $0.accountID == account && (name == nil || $0.model == name) }
        }
    }

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
            sum.count(row)
        }
        return sum
    }

    /// Returns the rows that match, newest first, with the current display identifiers of their keys.
    private func rows(where isWanted: (LedgerRow) -> Bool) -> [LedgerRow] {
        read { model in
            model.rows.reversed().filter(isWanted).map { row in
                var row = row
                row.keyDisplayID = model.keys.first { $0.id == row.keyID }?.displayID ?? row.keyDisplayID
                return row
            }
        }
    }
}

extension LedgerRow {
    func isOwned(by owner: RowOwner) -> Bool {
        switch owner {
        case .account(let id): accountID == id
        case .key(let id): keyID == id
        }
    }
}

extension UsageSum {
    /// Counts a row.
    fileprivate mutating func count(_ row: LedgerRow) {
        requests += 1
        inputTokens += row.usage.allInput
        outputTokens += row.usage.allOutput
        for quantity in row.usage.others { others.add(quantity) }
        cost += row.cost - row.overrun
        shownCost += row.shownCost
    }
}

extension RowFilter {
    fileprivate func matches(_ row: LedgerRow) -> Bool {
        from.map { row.startedAt >= $0 } ?? true && until.map { row.startedAt < $0 } ?? true
            && model.map { row.model == $0 } ?? true
    }
}
