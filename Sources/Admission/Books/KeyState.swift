import Accounts
import Ledger
import Money
import Timekeeping

/// A key: its money, its limits and their current usage.
final class KeyState {
    private(set) var principal: Principal
    let account: AccountState
    var digest: KeyDigest
    /// Further valid secrets of the key, with the moments at which they expire.
    var temporarySecrets: [KeyDigest: Timestamp] = [:]
    private(set) var limits: KeyLimits
    private(set) var multiplier: DisplayMultiplier
    private var ownShortage: ShortagePolicy?
    private(set) var rules: KeyRules
    /// The payers of its requests, in order of preference.
    private(set) var payers: [Payer] = []
    /// Whether its requests draw on the account instead of a budget: as the ledger has it, or as commands on their way say.
    private(set) var drawsOnAccount: Bool { didSet { choosePayers() } }
    /// ``drawsOnAccount`` as the ledger has it, and the number of commands on their way that may change it.
    private var recordedDrawsOnAccount: Bool
    private var switches = 0
    /// The rest of its own budget, neither spent nor held.
    private(set) var rest: NanoUSD
    /// The rest of the budget while enqueued commands return it to the account, and the number of these commands.
    private var returning = NanoUSD.zero
    private var returns = 0
    /// Money of its own budget that open holds set aside.
    private(set) var held: NanoUSD
    /// Money of the account that open holds of the key set aside.
    private(set) var drawnHeld: NanoUSD
    /// The total that was ever charged.
    private var spent: NanoUSD
    /// Usage of the limits and rules by calendar window.
    var periods: PeriodUsage
    /// Admissions of the last 60 seconds.
    var window = SlidingWindow()
    /// Tokens of the last 60 seconds.
    var tokens = TokenWindow()
    /// Requests that have not ended.
    private(set) var inFlight = 0
    /// Holds that are open in the ledger or on their way there. A request's hold outlives the request until the settlement is
    /// durable.
    private var openHolds = 0
    /// Whether the key was deleted, or its deletion is on its way to the ledger.
    var isClosed = false
    /// Whether the deletion of the key is durable.
    var isDeleted = false

    init(_ record: KeyRecord, account: AccountState, today: Day) {
        principal = Principal(record)
        self.account = account
        digest = record.digest
        limits = record.limits
        multiplier = record.multiplier
        ownShortage = record.shortage
        rules = record.rules
        drawsOnAccount = record.drawsOnAccount
        recordedDrawsOnAccount = record.drawsOnAccount
        rest = record.remaining - record.held
        held = record.held
        drawnHeld = record.drawnHeld
        spent = record.allSpent
        periods = PeriodUsage(today: today)
        choosePayers()
    }

    /// What happens when a request's cost bound exceeds the money left.
    var shortage: ShortagePolicy { ownShortage ?? account.rules.shortage }

    /// Whether no request is in flight and no hold is open.
    var isIdle: Bool { inFlight == 0 && openHolds == 0 && held == .zero && drawnHeld == .zero }

    /// Takes over everything but the money from the key's new record.
    func follow(_ record: KeyRecord) {
        principal = Principal(record)
        limits = record.limits
        multiplier = record.multiplier
        ownShortage = record.shortage
        rules = record.rules
        recordedDrawsOnAccount = record.drawsOnAccount
        drawsOnAccount = switches == 0 ? recordedDrawsOnAccount : drawsOnAccount
    }

    /// Switches between budget and account, ahead of the command that does so in the ledger.
    ///
    /// - Rule: While such commands are on their way, the last one decides; afterwards the ledger's record does.
    /// - Why: A command is decided on the state in which the ledger will be when it writes it.
    /// - Without it: The end of one switch would undo a later one that is still queued, and a budget could be given to a key that
    ///   the ledger no longer lets have one.
    func beginSwitch(toAccount drawsOnAccount: Bool) {
        switches += 1
        self.drawsOnAccount = drawsOnAccount
    }

    /// Ends such a switch, whether its command was written or not; ``follow(_:)`` comes before.
    func endSwitch() {
        switches -= 1
        if switches == 0 { drawsOnAccount = recordedDrawsOnAccount }
    }

    private func choosePayers() {
        let own: Payer = drawsOnAccount ? .account : .budget
        guard rules.subscription != nil else { return payers = [own] }
        guard rules.usesSubscriptionFirst else { return payers = [own, .subscription] }
        payers = rules.fallsBackToBalance ? [.subscription, own] : [.subscription]
    }

    // MARK: Money

    /// Calls `body` for every rule of money that bounds a request, with the free and the held amount under that rule.
    ///
    /// - Rule: The room of a request is the minimum over all of its bounds, and held money counts as used.
    /// - Why: A request in flight may still cost all that it holds.
    /// - Without it: Concurrent requests could together exceed a limit that each of them alone respects.
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

    /// Returns the maximum amount that a request may still hold.
    func room(on payer: Payer, of day: Day) -> NanoUSD {
        var room = NanoUSD(nanos: .max)
        forEachBound(on: payer, of: day) { _, free, _ in room = min(room, free) }
        return max(.zero, room)
    }

    /// Adds money to the budget that is neither held nor spent.
    func addToBudget(_ amount: NanoUSD) {
        if returns > 0 { returning += amount } else { rest += amount }
    }

    /// Takes money from the rest of the budget, which must cover it.
    func takeFromBudget(_ amount: NanoUSD) { rest -= amount }

    /// Withdraws the rest of the budget, ahead of a command that returns it to the account.
    ///
    /// - Rule: Until the command is durable, no request holds money of the budget, and money added to it meanwhile is set aside
    ///   as well.
    /// - Why: The ledger decides how much the command returns, when it is written.
    /// - Without it: A request admitted meanwhile would hold money that the ledger has moved to the account.
    func beginReturn() {
        returns += 1
        returning += rest
        rest = .zero
    }

    /// Ends the withdrawal, whether its command was written or not; ``returned(_:)`` comes before.
    func endReturn() {
        returns -= 1
        guard returns == 0 else { return }
        rest += returning
        returning = .zero
    }

    /// Moves to the account what a command returned to it in the ledger.
    func returned(_ refunded: NanoUSD) {
        addToBudget(.zero - refunded)
        account.available += refunded
    }

    // MARK: Requests

    /// Counts an admitted request and holds its money.
    ///
    /// - Parameters:
    ///   - day: The day on which it began.
    ///   - now: Monotonic nanoseconds.
    func begin(_ plan: HoldPlan, on day: Day, now: Int64) {
        inFlight += 1
        openHolds += 1
        window.record(now: now)
        tokens.reserve(plan.tokens)
        periods.change(around: day) { $0.requests += 1 }
        hold(plan.amount, from: plan.payer, of: day)
    }

    /// Counts a hold that is open in the ledger: the key's record contains its money, the usage by day does not.
    func open(_ hold: Hold) {
        openHolds += 1
        periods.change(around: hold.startedAt.day) { sum in
            sum.requests += 1
            sum.held += hold.amount
            if hold.payer == .subscription { sum.allowanceHeld += hold.amount }
        }
    }

    /// Frees the slot of a request that has ended. Its money stays held until the settlement is durable.
    ///
    /// - Parameters:
    ///   - reserved: The tokens that were reserved for it.
    ///   - used: The tokens that it used.
    func endRequest(reserved: Int64, used: Int64, now: Int64) {
        inFlight -= 1
        tokens.expire(now: now)
        tokens.end(reserved: reserved, used: rules.tokensPerMinute == nil ? 0 : used, now: now)
    }

    /// Holds money for a request that began on `day`.
    func hold(_ amount: NanoUSD, from payer: Payer, of day: Day) {
        if payer.drawsOnAccount {
            account.hold(amount)
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

    /// Ends a hold of which `charged` is spent.
    func endHold(_ amount: NanoUSD, charged: NanoUSD, from payer: Payer, of day: Day) {
        openHolds -= 1
        spent += charged
        if payer.drawsOnAccount {
            account.endHold(amount, charged: charged)
            drawnHeld -= amount
        } else {
            held -= amount
            addToBudget(amount - charged)
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
