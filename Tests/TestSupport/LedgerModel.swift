import Accounts
import Ledger
import Money
import Timekeeping

/// The state of an in-memory ledger, and the rules by which commands change it.
struct LedgerModel {
    var isWritable = true
    var accounts: [AccountRecord] = []
    var keys: [KeyRecord] = []
    var temporarySecrets: [TemporarySecret] = []
    var managementKeys: [ManagementKeyRecord] = []
    var managementKeyCount: Int64 = 0
    var audit: [AuditRecord] = []
    var deposits: [DepositRecord] = []
    var holds: [UUIDv7: Hold] = [:]
    var rows: [LedgerRow] = []
    var rateCards: [RateCardRecord] = []
    var answers: [(identity: IdempotencyKey, calledAt: Timestamp, answer: KeptAnswer)] = []
    /// Rows that were removed, from the front.
    var dropped: [LedgerRow] = []
    var brands: [AccountID: Brand] = [:]
    var alerts: [AccountID: Alerts] = [:]
    var vouchers: [VoucherRecord] = []
    /// Who has redeemed which voucher.
    var redemptions: [VoucherID: Set<KeyID>] = [:]

    mutating func apply(_ command: LedgerCommand) -> Result<LedgerReceipt, LedgerFailure> {
        guard isWritable else { return .failure(.unavailable("switched off")) }
        // A command is applied whole or not at all.
        var copy = self
        do throws(LedgerFailure) {
            let receipt = try copy.change(command)
            self = copy
            return .success(receipt)
        } catch {
            return .failure(error)
        }
    }

    private mutating func change(_ command: LedgerCommand) throws(LedgerFailure) -> LedgerReceipt {
        switch command {
        case .openAccount(let publicID, let name, let key, let now):
            let account = AccountRecord(
                id: AccountID(Int64(accounts.count + 1)), publicID: publicID, name: name, createdAt: now)
            accounts.append(account)
            return .account(account, try add(key, account.id, now))
        case .enterDeposit(let publicID, let accountID, let amount, let status, let reference, let now):
            let account = try account(accountID)
            if let reference,
                let existing = deposits.first(where: { $0.accountID == accountID && $0.reference == reference })
            {
                guard existing.amount == amount else { throw .conflictingReference }
                return .deposit(existing, credited: .zero)
            }
            let deposit = DepositRecord(
                id: DepositID(Int64(deposits.count + 1)), publicID: publicID, accountID: accountID, amount: amount,
                status: status, reference: reference, createdAt: now, completedAt: status == .completed ? now : nil)
            deposits.append(deposit)
            if status == .completed { accounts[account].deposited += amount }
            return .deposit(deposit, credited: status == .completed ? amount : .zero)
        case .closeDeposit(let id, let status, let now):
            guard let index = deposits.firstIndex(where: { $0.id == id }) else { throw .notFound("deposit") }
            guard deposits[index].status != status else { return .deposit(deposits[index], credited: .zero) }
            guard deposits[index].status == .pending else { throw .depositClosed }
            deposits[index].status = status
            guard status == .completed else { return .deposit(deposits[index], credited: .zero) }
            deposits[index].completedAt = now
            accounts[try account(deposits[index].accountID)].deposited += deposits[index].amount
            return .deposit(deposits[index], credited: deposits[index].amount)
        case .setBrand(let id, let brand):
            guard let account = accounts.first(where: { $0.id == id }) else { throw .notFound("account") }
            brands[id] = brand
            return .changedAccount(account)
        case .setAlerts(let id, let alerts):
            guard let account = accounts.first(where: { $0.id == id }) else { throw .notFound("account") }
            self.alerts[id] = alerts
            return .changedAccount(account)
        case .createVouchers(let accountID, let new, let now):
            _ = try account(accountID)
            for voucher in new {
                vouchers.append(
                    VoucherRecord(
                        id: VoucherID(Int64(vouchers.count + 1)), accountID: accountID, voucher: voucher,
                        createdAt: now))
            }
            return .vouchers(vouchers.suffix(new.count))
        case .revokeVoucher(let id, let now):
            guard let index = vouchers.firstIndex(where: { $0.id == id && $0.revokedAt == nil }) else {
                throw .notFound("voucher")
            }
            vouchers[index].revokedAt = now
            return .vouchers([vouchers[index]])
        case .redeemVoucher(let id, let keyID, let now): return try redeem(id, keyID, now)
        case .changeAccount(let id, let change, _):
            let index = try account(id)
            accounts[index].markup = change.markup ?? accounts[index].markup
            accounts[index].rules.shortage = change.shortage ?? accounts[index].rules.shortage
            accounts[index].rules.disconnect = change.disconnect ?? accounts[index].rules.disconnect
            return .changedAccount(accounts[index])
        case .createKey(let accountID, let key, let now):
            if key.kind == .webTokens,
                let index = keys.firstIndex(where: { $0.accountID == accountID && $0.kind == .webTokens })
            {
                return .key(try showable(index), refunded: .zero)
            }
            let record = try add(key, accountID, now)
            let index = try index(record.id)
            try move(key.budget, to: index)
            return .key(try showable(index), refunded: .zero)
        case .changeKey(let id, let change, _):
            let index = try index(id)
            guard keys[index].kind == .client, keys[index].deletedAt == nil else { throw .notFound("key") }
            keys[index].label = change.label ?? keys[index].label
            keys[index].limits.requestsPerMinute = change.requestsPerMinute ?? keys[index].limits.requestsPerMinute
            keys[index].limits.concurrentRequests = change.concurrentRequests ?? keys[index].limits.concurrentRequests
            if let multiplier = change.multiplier, multiplier != keys[index].multiplier {
                keys[index].multiplier = multiplier
                keys[index].shownCarry = 0
            }
            keys[index].shortage = change.shortage ?? keys[index].shortage
            guard let rules = change.rules.applied(to: keys[index].rules) else { throw .refused("period of no limit") }
            keys[index].rules = rules
            keys[index].drawsOnAccount = change.drawsOnAccount ?? keys[index].drawsOnAccount
            try move(change.budgetChange, to: index)
            let refunded = keys[index].drawsOnAccount ? try refundRest(index) : .zero
            return .key(try showable(index), refunded: refunded)
        case .deleteKey(let id, let now):
            let index = try index(id)
            guard keys[index].kind == .client, keys[index].deletedAt == nil else { throw .notFound("key") }
            keys[index].deletedAt = now
            temporarySecrets.removeAll { $0.keyID == id }
            let refunded = try refundRest(index)
            return .key(keys[index], refunded: refunded)
        case .replaceSecret(let id, let secret, let oldValidUntil, _):
            let index = try index(id)
            guard keys[index].deletedAt == nil else { throw .notFound("key") }
            if let oldValidUntil {
                temporarySecrets.append(
                    TemporarySecret(digest: keys[index].digest, keyID: id, validUntil: oldValidUntil))
            } else {
                temporarySecrets.removeAll { $0.keyID == id }
            }
            keys[index].digest = secret.digest
            keys[index].sealedSecret = secret.sealed
            keys[index].displayID = secret.displayID
            return .key(keys[index], refunded: .zero)
        case .addSecret(let secret, let now):
            let index = try index(secret.keyID)
            guard keys[index].deletedAt == nil else { throw .notFound("key") }
            temporarySecrets.removeAll { $0.validUntil <= now }
            temporarySecrets.append(secret)
            return .key(keys[index], refunded: .zero)
        case .createManagementKey(let accountID, let key, let now):
            _ = try account(accountID)
            managementKeyCount += 1
            let record = ManagementKeyRecord(
                id: ManagementKeyID(managementKeyCount), publicID: key.publicID, accountID: accountID,
                digest: key.digest, displayID: key.displayID, label: key.label, scope: key.scope,
                expiresAt: key.expiresAt, createdAt: now)
            managementKeys.append(record)
            return .managementKey(record)
        case .deleteManagementKey(let id, _):
            guard let index = managementKeys.firstIndex(where: { $0.id == id }) else {
                throw .notFound("management key")
            }
            return .managementKey(managementKeys.remove(at: index))
        case .audited(let actor, let command, let now):
            let receipt = try change(command)
            let (account, target) = receipt.audited
            audit.append(
                AuditRecord(
                    id: Int64(audit.count + 1), happenedAt: now, actor: actor,
                    accountID: account ?? actor.accountID, target: target))
            return receipt
        case .adoptPrices(let record):
            rateCards.append(record)
            return .prices(record)
        case .idempotent(let call, let command):
            let receipt = try change(command)
            let identity = call.identity
            guard answer(caller: identity.caller, name: identity.name) == nil,
                let sealed = try? call.sealedAnswer(receipt)
            else { throw .refused("call was answered before, or cannot be") }
            let answer = KeptAnswer(requestDigest: identity.requestDigest, sealed: sealed)
            answers.append((identity, call.calledAt, answer))
            return receipt
        case .rollUpWeeks: return .rolledUp
        case .purge(let moment, let callsBefore, let count):
            answers.removeAll { $0.calledAt < callsBefore }
            let old = rows.prefix { $0.startedAt < moment }.prefix(count)
            dropped += old
            rows.removeFirst(old.count)
            return .purged(rows: old.count)
        case .hold(let hold):
            let index = try index(hold.keyID)
            guard keys[index].accountID == hold.accountID, keys[index].deletedAt == nil else { throw .notFound("key") }
            guard holds.updateValue(hold, forKey: hold.requestID) == nil else { throw .refused("hold exists") }
            return try self.hold(hold.amount, hold.payer, index)
        case .extend(let hold, let amount):
            guard let open = holds[hold.requestID], open.keyID == hold.keyID, open.accountID == hold.accountID else {
                throw .notFound("hold \(hold.requestID.requestText)")
            }
            holds[hold.requestID]?.amount = open.amount + amount
            return try self.hold(amount, open.payer, try index(hold.keyID))
        case .settle(let settlement): return try settle(settlement)
        }
    }

    func answer(caller: AccountID?, name: String) -> KeptAnswer? {
        answers.first { $0.identity.caller == caller && $0.identity.name == name }?.answer
    }

    private mutating func hold(_ amount: NanoUSD, _ payer: Payer, _ index: Int) throws(LedgerFailure) -> LedgerReceipt {
        if payer.drawsOnAccount {
            keys[index].drawnHeld += amount
            accounts[try account(keys[index].accountID)].held += amount
        } else {
            keys[index].held += amount
        }
        try check(index)
        return .held
    }

    private mutating func settle(_ settlement: Settlement) throws(LedgerFailure) -> LedgerReceipt {
        let hold = settlement.hold
        guard let open = holds.removeValue(forKey: hold.requestID),
            open.accountID == hold.accountID, open.keyID == hold.keyID, open.amount == hold.amount,
            open.payer == hold.payer
        else {
            throw .notFound("hold \(hold.requestID.requestText)")
        }
        let index = try index(hold.keyID)
        let account = try account(hold.accountID)
        var carry = keys[index].multiplier == hold.multiplier ? keys[index].shownCarry : 0
        let shown = hold.multiplier.shown(settlement.charged, carry: &carry)
        if keys[index].multiplier == hold.multiplier { keys[index].shownCarry = carry }
        keys[index].shownSpent += shown
        keys[index].rows += 1
        accounts[account].overrun += settlement.overrun
        if hold.payer.drawsOnAccount {
            keys[index].drawn += settlement.charged
            keys[index].drawnHeld -= hold.amount
            accounts[account].spent += settlement.charged
            accounts[account].held -= hold.amount
        } else {
            keys[index].spent += settlement.charged
            keys[index].held -= hold.amount
            accounts[account].spentByClients += settlement.charged
        }
        try check(index)
        rows.append(LedgerRow(settlement, shownCost: shown, keyDisplayID: keys[index].displayID))
        guard keys[index].keepsNoBudget else { return .settled(refunded: .zero) }
        return .settled(refunded: try refundRest(index))
    }

    private mutating func add(
        _ key: NewKey, _ account: AccountID, _ now: Timestamp
    ) throws(LedgerFailure) -> KeyRecord {
        let isOnlyOne = key.kind == .client || !keys.contains { $0.accountID == account && $0.kind == key.kind }
        guard isOnlyOne else { throw .refused("the account has such a key") }
        let record = KeyRecord(
            id: KeyID(Int64(keys.count + 1)), publicID: key.publicID, accountID: account, kind: key.kind,
            digest: key.secret.digest, sealedSecret: key.secret.sealed, displayID: key.secret.displayID,
            label: key.label, limits: key.limits, multiplier: key.multiplier, shortage: key.shortage, rules: key.rules,
            drawsOnAccount: key.drawsOnAccount, budget: .zero,
            createdAt: now)
        keys.append(record)
        return record
    }

    private mutating func redeem(
        _ id: VoucherID, _ keyID: KeyID, _ now: Timestamp
    ) throws(LedgerFailure) -> LedgerReceipt {
        let key = try index(keyID)
        guard keys[key].kind == .client, keys[key].deletedAt == nil else { throw .notFound("key") }
        guard !keys[key].drawsOnAccount else { throw .refused("key has no budget") }
        guard let index = vouchers.firstIndex(where: { $0.id == id && $0.accountID == keys[key].accountID }) else {
            throw .voucher(.unknown)
        }
        guard redemptions[id]?.contains(keyID) != true else { throw .voucher(.redeemedBefore) }
        if let refusal = vouchers[index].refusal(at: now) { throw .voucher(refusal) }
        guard let multiplier = keys[key].multiplier(toppedUpBy: vouchers[index].voucher) else {
            throw .refused("multiplier out of range")
        }
        vouchers[index].used += 1
        redemptions[id, default: []].insert(keyID)
        keys[key].multiplier = multiplier
        keys[key].shownCarry = 0
        try move(vouchers[index].voucher.amount, to: key)
        return .redeemed(vouchers[index], try showable(key))
    }

    private mutating func move(_ amount: NanoUSD, to index: Int) throws(LedgerFailure) {
        keys[index].budget += amount
        accounts[try account(keys[index].accountID)].allocated += amount
        try check(index)
    }

    private mutating func refundRest(_ index: Int) throws(LedgerFailure) -> NanoUSD {
        let rest = keys[index].remaining - keys[index].held
        try move(.zero - rest, to: index)
        return rest
    }

    func contents(usageFrom day: Day) -> LedgerContents {
        LedgerContents(
            accounts: accounts, keys: keys.filter { $0.deletedAt == nil }, temporarySecrets: temporarySecrets,
            managementKeys: managementKeys, usage: usage(from: day), holds: Array(holds.values),
            rateCards: rateCards)
    }

    private func usage(from day: Day) -> [KeyDay] {
        var sums: [KeyID: [Day: KeyDay]] = [:]
        for row in dropped + rows where row.startedAt.day >= day {
            var sum = sums[row.keyID]?[row.startedAt.day] ?? KeyDay(keyID: row.keyID, day: row.startedAt.day)
            sum.requests += 1
            sum.cost += row.cost - row.overrun
            if row.payer == .subscription { sum.allowanceCost += row.cost - row.overrun }
            sums[row.keyID, default: [:]][row.startedAt.day] = sum
        }
        return sums.values.flatMap(\.values).sorted { ($0.keyID.rawValue, $0.day) < ($1.keyID.rawValue, $1.day) }
    }

    private func showable(_ index: Int) throws(LedgerFailure) -> KeyRecord {
        guard keys[index].isShowable else { throw .refused("shown budget is larger than any amount") }
        return keys[index]
    }

    /// What the database refuses by its constraints.
    private func check(_ index: Int) throws(LedgerFailure) {
        let key = keys[index]
        let account = accounts[try account(key.accountID)]
        guard account.available >= .zero, key.remaining >= key.held else {
            throw .refused("more than there is")
        }
    }

    private func account(_ id: AccountID) throws(LedgerFailure) -> Int {
        guard let index = accounts.firstIndex(where: { $0.id == id }) else { throw .notFound("account") }
        return index
    }

    private func index(_ id: KeyID) throws(LedgerFailure) -> Int {
        guard let index = keys.firstIndex(where: { $0.id == id }) else { throw .notFound("key") }
        return index
    }
}
