import Accounts
import Ledger
import Money
import Timekeeping

/// What new keys, and requests that are paid from the account's balance, may still take.
final class AccountState {
    /// Neither allocated, spent nor held.
    var available: NanoUSD
    /// Held by requests in flight that draw on the account.
    var held: NanoUSD
    /// What it is charged for each dollar of the rate card.
    var markup: Markup
    /// What it decides for the requests of its keys.
    var rules: RequestRules

    init(_ record: AccountRecord) {
        available = record.available
        held = record.held
        markup = record.markup
        rules = record.rules
    }
}

/// A key: its money, its limits and what counts against them.
final class KeyState {
    private(set) var principal: Principal
    let account: AccountState
    var digest: KeyDigest
    /// Other secrets that stand for it, each until a moment.
    var temporarySecrets: [KeyDigest: Timestamp] = [:]
    private(set) var limits: KeyLimits
    private(set) var multiplier: DisplayMultiplier
    private var ownShortage: ShortagePolicy?
    private(set) var rules: KeyRules
    /// Who pays for its requests, in the order in which they are asked.
    private(set) var payers: [Payer] = []
    /// Whether it has no budget to hold or charge: what is left of one is on its way back to the account.
    var drawsOnAccount: Bool { didSet { choosePayers() } }
    /// What is left of its own budget, neither spent nor held.
    var rest: NanoUSD
    /// What lies in the budget while commands are on their way that return it to the account, and how many they are.
    private var returning = NanoUSD.zero
    private var returns = 0
    /// Held of its own budget by requests in flight.
    private(set) var held: NanoUSD
    /// Held of the account's money.
    private(set) var drawnHeld: NanoUSD
    /// All that it has ever spent.
    private var spent: NanoUSD
    var periods: PeriodUsage
    var window = SlidingWindow()
    var tokens = TokenWindow()
    var inFlight = 0
    var isClosed = false

    init(_ record: KeyRecord, account: AccountState, today: Day) {
        principal = Principal(record)
        self.account = account
        digest = record.digest
        limits = record.limits
        multiplier = record.multiplier
        ownShortage = record.shortage
        rules = record.rules
        drawsOnAccount = record.drawsOnAccount
        rest = record.remaining - record.held
        held = record.held
        drawnHeld = record.drawnHeld
        spent = record.allSpent
        periods = PeriodUsage(today: today)
        choosePayers()
    }

    /// What happens when a request's bound does not fit what is left.
    var shortage: ShortagePolicy { ownShortage ?? account.rules.shortage }

    /// Whether nothing of it is in flight any more.
    var isIdle: Bool { inFlight == 0 && held == .zero && drawnHeld == .zero }

    /// Takes over what a change has made of the key, its money aside.
    func follow(_ record: KeyRecord) {
        principal = Principal(record)
        limits = record.limits
        multiplier = record.multiplier
        ownShortage = record.shortage
        rules = record.rules
        drawsOnAccount = record.drawsOnAccount
    }

    private func choosePayers() {
        let own: Payer = drawsOnAccount ? .account : .budget
        guard rules.subscription != nil else { return payers = [own] }
        guard rules.usesSubscriptionFirst else { return payers = [own, .subscription] }
        payers = rules.fallsBackToBalance ? [.subscription, own] : [.subscription]
    }

    // MARK: Money

    /// Goes through everything that bounds what a request may take, with what is left and what is held beside it.
    ///
    /// - Parameter day: The day on which the request began.
    func forEachBound(
        on payer: Payer, of day: Day, _ body: (MoneyRule, _ free: NanoUSD, _ held: NanoUSD) -> Void
    ) {
        if payer.drawsOnAccount {
            body(.account, account.available, account.held)
        } else {
            body(.budget, drawsOnAccount ? .zero : rest, held)
        }
        if payer == .subscription, let subscription = rules.subscription {
            let sum = periods.sum(subscription.period, around: day)
            body(
                .allowance(subscription.period), subscription.allowance - sum.allowanceSpent - sum.allowanceHeld,
                sum.allowanceHeld)
        }
        if let limit = rules.spendLimit {
            if let period = limit.period {
                let sum = periods.sum(period, around: day)
                body(.spendLimit(period), limit.amount - sum.spent - sum.held, sum.held)
            } else {
                body(.spendLimit(nil), limit.amount - spent - held - drawnHeld, held + drawnHeld)
            }
        }
        if let limit = rules.creditLimit {
            body(.creditLimit, limit - spent - held - drawnHeld, held + drawnHeld)
        }
    }

    /// Returns the most that a request may still take.
    func room(on payer: Payer, of day: Day) -> NanoUSD {
        var room = NanoUSD(nanos: .max)
        forEachBound(on: payer, of: day) { _, free, _ in room = min(room, free) }
        return max(.zero, room)
    }

    /// A command is on its way that returns what is left of the budget to the account: nothing of it is held any more.
    func beginReturn() {
        returns += 1
        returning += rest
        rest = .zero
    }

    /// Such a command has ended, and returned so much.
    func endReturn(of refunded: NanoUSD) {
        returns -= 1
        returning -= refunded
        guard returns == 0 else { return }
        rest += returning
        returning = .zero
    }

    private func free(_ amount: NanoUSD) {
        if returns > 0 { returning += amount } else { rest += amount }
    }

    /// Sets money aside for a request that began on a day.
    func hold(_ amount: NanoUSD, from payer: Payer, of day: Day) {
        if payer.drawsOnAccount {
            account.available -= amount
            account.held += amount
            drawnHeld += amount
        } else {
            rest -= amount
            held += amount
        }
        periods.change(around: day) { sum in
            sum.held += amount
            if payer == .subscription { sum.allowanceHeld += amount }
        }
    }

    /// Ends a hold of which `charged` is gone for good.
    ///
    /// - Parameter isKept: Whether the rest is free again; if not, it has gone back to the account.
    func endHold(_ amount: NanoUSD, charged: NanoUSD, from payer: Payer, of day: Day, isKept: Bool = true) {
        spent += charged
        if payer.drawsOnAccount {
            account.held -= amount
            drawnHeld -= amount
            account.available += amount - charged
        } else {
            held -= amount
            if isKept { free(amount - charged) }
        }
        periods.change(around: day) { sum in
            sum.held -= amount
            sum.spent += charged
            guard payer == .subscription else { return }
            sum.allowanceHeld -= amount
            sum.allowanceSpent += charged
        }
    }
}
