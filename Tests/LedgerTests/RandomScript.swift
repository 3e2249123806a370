import Accounts
import Ledger
import Money
import Timekeeping

/// Generates random commands without end: most are valid, some are refused.
struct RandomScript {
    private(set) var keys: [KeyRecord] = []
    private(set) var accounts: [AccountRecord] = []
    private(set) var deposits: [DepositRecord] = []
    private var managementKeys: [ManagementKeyRecord] = []
    private(set) var vouchers: [VoucherRecord] = []
    private var holds: [Hold] = []
    private var commands: Commands

    init(seed: UInt64) { commands = Commands(seed: seed) }

    var now: Timestamp { commands.now }

    mutating func next() -> AnyCommand {
        // A script of some thousand commands then spans weeks.
        commands.now = Timestamp(milliseconds: now.milliseconds + random(0...1_800_000))
        guard let account = pick(accounts), let key = pick(keys) else { return openAccount() }
        switch random(1...100) {
        case 1: return openAccount()
        case 2...5: return enterDeposit(account)
        case 6:
            return .manage(
                CloseDeposit(
                    pick(deposits)?.id ?? DepositID(77), as: pick(DepositStatus.allCases) ?? .completed, at: now))
        case 7...12:
            let multiplier = DisplayMultiplier(numerator: random(7...40), denominator: 7) ?? .one
            let new = commands.newKey(budget: NanoUSD(nanos: random(1...20_000)), multiplier: multiplier)
            return random(1...3) == 1
                ? once(CreateKey(accountID: account.id, key: new, at: now), account)
                : .manage(CreateKey(accountID: account.id, key: new, at: now))
        case 13...17: return .manage(ChangeKey(key.id, change(), at: now).audited(by: actor(account), at: now))
        case 18:
            if random(1...2) == 1 { return .manage(HoldKey(key.id, because: commands.id(), at: now)) }
            return .manage(DeleteKey(key.id, at: now))
        case 19:
            guard random(1...2) == 1 else { return changeSecrets(key, account) }
            let moment = Timestamp(milliseconds: now.milliseconds - random(0...10) * 86_400_000)
            return .manage(PurgeRows(before: moment, callsBefore: moment, atMost: Int(random(1...60))))
        case 20:
            if random(1...2) == 1 {
                // Mondays of the past and the future, so that requests are settled into weeks that are summed up.
                let day = Day(number: now.day.number + random(-14...7))
                return .manage(RollUpWeeks(of: [key.id, pick(keys)?.id ?? key.id], before: day.firstOfWeek))
            }
            if random(1...4) == 1 {
                var brand = Brand()
                brand.name = "shop \(random(1...9))"
                brand.colour = pick([nil, "#00ff00"]) ?? nil
                brand.language = pick(Brand.Language.allCases)
                return .manage(SetBrand(account.id, brand))
            }
            if random(1...4) == 1 {
                var alerts = Alerts()
                alerts.availableBelow = NanoUSD(nanos: random(0...9))
                alerts.keyLeftPercent = random(1...2) == 1 ? nil : Int(random(1...99))
                return .manage(SetAlerts(account.id, alerts))
            }
            return .manage(
                ChangeAccount(
                    account.id,
                    AccountChange(
                        markup: Markup(millionths: random(0...2_000_000)), shortage: .refuse,
                        policyError: pick([nil, PolicyErrorRule.none, .hold]) ?? nil)))
        case 21...24: return changeVouchers(key, account)
        case 25...55: return placeHold(key, account)
        case 56...58: return extend()
        case 59, 60: return remember(key)
        default: return settle(key)
        }
    }

    /// Records what a command has created, for later commands.
    mutating func learn(_ receipt: AnyReceipt) {
        switch receipt.value {
        case let opened as OpenedAccount:
            accounts.append(opened.account)
            keys.append(opened.key)
        case let receipt as KeyReceipt: learn(receipt.key)
        case let receipt as DepositReceipt:
            deposits.removeAll { $0.id == receipt.deposit.id }
            deposits.append(receipt.deposit)
        case let record as ManagementKeyRecord: managementKeys.append(record)
        case let records as [VoucherRecord]: vouchers += records
        case let voucher as VoucherRecord: learn(voucher)
        case let redemption as VoucherRedemption:
            learn(redemption.voucher)
            learn(redemption.key)
        default: break
        }
    }

    private mutating func learn(_ key: KeyRecord) {
        keys.removeAll { $0.id == key.id }
        keys.append(key)
    }

    private mutating func learn(_ voucher: VoucherRecord) {
        vouchers.removeAll { $0.id == voucher.id }
        vouchers.append(voucher)
    }

    private mutating func openAccount() -> AnyCommand {
        .manage(OpenAccount(publicID: commands.id(), name: "account", key: commands.newKey(.account), at: now))
    }

    private mutating func enterDeposit(_ account: AccountRecord) -> AnyCommand {
        .manage(
            EnterDeposit(
                publicID: commands.id(), accountID: account.id, amount: NanoUSD(nanos: random(1...3) * 50_000),
                status: random(1...3) == 1 ? .pending : .completed,
                reference: random(1...2) == 1 ? "r\(random(1...9))" : nil, at: now))
    }

    private mutating func placeHold(_ key: KeyRecord, _ account: AccountRecord) -> AnyCommand {
        // Some exceed the money of any key, some name the account of another key.
        var hold = commands.hold(key, random(1...50) == 1 ? 1_000_000 : random(0...200))
        if random(1...60) == 1 { hold.accountID = account.id }
        if random(1...5) == 1 { hold.payer = pick(Payer.allCases) ?? .budget }
        holds.append(hold)
        return .hold(hold)
    }

    /// There are few digests, so that many are given again. Some are given to a key that does not exist.
    private mutating func remember(_ key: KeyRecord) -> AnyCommand {
        let digests = (0..<random(1...4)).map { _ in ObjectDigest(rawValue: random(1...30)) }
        let keyID = random(1...20) == 1 ? KeyID(7777) : key.id
        return .request(
            .remember(GivenObjects(keyID: keyID, model: "model-\(random(1...9))", digests: digests, at: now)))
    }

    /// Changes mostly money, sometimes every other field.
    private mutating func change() -> KeyChange {
        var change = KeyChange(
            multiplier: random(1...3) == 1 ? DisplayMultiplier(numerator: random(3...9), denominator: 3) : nil,
            budgetChange: NanoUSD(nanos: random(-900...1000)))
        guard random(1...3) == 1 else { return change }
        change.rules.isEnabled = random(1...2) == 1
        change.rules.expiresAt = random(1...2) == 1 ? .some(nil) : now
        change.rules.spendLimit = pick([.none, .some(nil), .some(NanoUSD(nanos: random(0...5000)))]) ?? nil
        change.rules.spendLimitPeriod = random(1...4) == 1 ? .some(pick(Period.allCases)) : nil
        change.rules.creditLimit = random(1...3) == 1 ? .some(nil) : NanoUSD(nanos: random(0...5000))
        change.rules.requestsPerDay = Int(random(0...50))
        change.rules.tokensPerMinute = random(1...2) == 1 ? .some(nil) : random(0...50)
        change.rules.allowedModels = pick([.some(nil), [], [ModelPattern("model-*")].compactMap(\.self)]) ?? nil
        change.rules.allowedAddresses = [AddressRange("10.0.0.0/8"), AddressRange("2001:db8::/32")].compactMap(\.self)
        change.rules.subscription =
            random(1...2) == 1
            ? .some(nil)
            : Subscription(allowance: NanoUSD(nanos: random(1...900)), period: pick(Period.allCases) ?? .day)
        change.rules.usesSubscriptionFirst = random(1...2) == 1
        change.rules.team = pick([.some(nil), "red", "blue \"quoted\""]) ?? nil
        if random(1...3) == 1 {
            change.drawsOnAccount = random(1...2) == 1
            if change.drawsOnAccount == true { change.budgetChange = .zero }
        }
        return change
    }

    private func actor(_ account: AccountRecord) -> AuditActor {
        AuditActor(
            role: .account, accountID: nil, credential: "sk-tga-...", address: "::1", action: "POST /x", changes: "{}")
    }

    private mutating func changeSecrets(_ key: KeyRecord, _ account: AccountRecord) -> AnyCommand {
        let later = Timestamp(milliseconds: now.milliseconds + random(0...2) * 86_400_000)
        let new = commands.newKey()
        switch random(1...5) {
        case 1: return .manage(ReplaceSecret(key.id, new.secret, oldValidUntil: random(1...2) == 1 ? later : nil))
        case 2:
            return .manage(
                AddSecret(TemporarySecret(digest: new.secret.digest, keyID: key.id, validUntil: later), at: now))
        case 3:
            let made = NewManagementKey(
                publicID: new.publicID, digest: new.secret.digest, displayID: "sk-tgm-...", label: "m",
                scope: random(1...2) == 1 ? .full : .readOnly, expiresAt: random(1...2) == 1 ? later : nil)
            return once(CreateManagementKey(accountID: account.id, key: made, at: now), account)
        case 4: return .manage(DeleteManagementKey(pick(managementKeys)?.id ?? ManagementKeyID(77), at: now))
        default: return .manage(CreateKey(accountID: account.id, key: commands.newKey(.webTokens), at: now))
        }
    }

    private mutating func changeVouchers(_ key: KeyRecord, _ account: AccountRecord) -> AnyCommand {
        switch random(1...6) {
        case 1, 2:
            let new = (0..<random(1...3)).map { _ in
                let amount = random(1...900)
                let secret = commands.newKey().secret
                return NewVoucher(
                    publicID: commands.id(), digest: secret.digest, sealedCode: secret.sealed, label: "v",
                    amount: NanoUSD(nanos: amount), shownAmount: NanoUSD(nanos: amount + random(0...900)),
                    uses: Int(random(1...3)),
                    expiresAt: random(1...3) == 1 ? now.advanced(by: .seconds(random(0...86_400))) : nil)
            }
            return .manage(CreateVouchers(accountID: account.id, new, at: now))
        case 3: return .manage(RevokeVoucher(pick(vouchers)?.id ?? VoucherID(77), at: now))
        case 4: return .manage(RedeemVoucher(pick(vouchers)?.id ?? VoucherID(77), by: key.id, at: now))
        default:
            let own = vouchers.filter { $0.accountID == key.accountID }
            return .manage(RedeemVoucher(pick(own)?.id ?? VoucherID(77), by: key.id, at: now))
        }
    }

    /// There are few names, so that many are used again.
    private mutating func once(_ command: some ManagementCommand, _ account: AccountRecord) -> AnyCommand {
        let digest = KeyDigest(words: (1, 2, 3, 4))
        let identity = IdempotencyKey(caller: account.id, name: "n\(random(1...9))", requestDigest: digest)
        return .manage(command.once(identity, calledAt: now) { _ in [1, 2, 3] })
    }

    private mutating func extend() -> AnyCommand {
        guard !holds.isEmpty else { return .manage(DeleteKey(KeyID(77), at: now)) }
        let index = Int(random(0...Int64(holds.count - 1)))
        let hold = holds[index]
        // Some exceed the available money; those holds are then settled as if the extension had been applied.
        let amount = NanoUSD(nanos: random(1...40) == 1 ? 1_000_000 : random(1...50))
        holds[index].amount += amount
        return .extend(hold, by: amount)
    }

    private mutating func settle(_ key: KeyRecord) -> AnyCommand {
        guard !holds.isEmpty else { return .manage(DeleteKey(KeyID(77), at: now)) }
        let index = Int(random(0...Int64(holds.count - 1)))
        // Some are settled a second time.
        var hold = random(1...60) == 1 ? holds[index] : holds.remove(at: index)
        if random(1...80) == 1 { hold.amount += NanoUSD(nanos: 1) }
        if random(1...80) == 1 { hold.keyID = key.id }
        let cost = random(0...250)
        let overrun = random(1...3) == 1 ? max(0, cost - hold.amount.nanos) : 0
        guard random(1...3) == 1 else { return .settle(commands.settlement(hold, cost: cost, overrun: overrun)) }
        return .settle(commands.unusualSettlement(hold, cost: cost, overrun: overrun))
    }

    private mutating func random(_ range: ClosedRange<Int64>) -> Int64 {
        .random(in: range, using: &commands.generator)
    }

    private mutating func pick<Element>(_ elements: [Element]) -> Element? {
        elements.randomElement(using: &commands.generator)
    }
}
