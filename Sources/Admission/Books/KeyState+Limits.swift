import Accounts
import Metering
import Money
import Timekeeping

/// Decisions about requests of a key: refusals, and the plan of a hold.
extension KeyState {
    /// Returns the refusal of a request for reasons other than tokens and money, or nil.
    func refusal(of model: String, at moment: Timestamp, now: Int64) -> Refusal? {
        guard rules.isEnabled else { return .disabled }
        if let end = rules.expiresAt, moment >= end { return .expired(at: end) }
        guard principal.allows(model: model) else { return .modelNotAllowed(model: model) }
        if let wait = window.nanosecondsUntilRoom(limit: limits.requestsPerMinute, now: now) {
            return .rateLimited(limit: limits.requestsPerMinute, retryAfterMilliseconds: wait / 1_000_000 + 1)
        }
        let day = moment.day
        if let limit = rules.requestsPerDay, periods.sum(.day, around: day).requests >= limit {
            let opensAt = Period.day.next(after: day).start
            return .dailyLimit(
                limit: limit, opensAt: opensAt, retryAfterMilliseconds: opensAt.milliseconds - moment.milliseconds)
        }
        guard inFlight < limits.concurrentRequests else {
            return .tooManyConcurrent(limit: limits.concurrentRequests)
        }
        return nil
    }

    /// Plans the hold of a request: from the first payer whose room covers its whole bound, else from the first that covers a
    /// clamped one.
    func plan(for request: HoldPlan.Request, of day: Day, now: Int64) -> Result<HoldPlan, Refusal> {
        var tokenRoom: Int64?
        if let limit = rules.tokensPerMinute, request.demand.operation.isBilled {
            tokens.expire(now: now)
            let needed = request.leastTokens
            guard tokens.count + needed <= limit else {
                return .failure(tokenRefusal(limit: limit, needed: needed, now: now))
            }
            tokenRoom = limit - tokens.count
        }
        var clamped: HoldPlan?
        for payer in payers {
            let room = room(on: payer, of: day)
            guard let plan = HoldPlan(request, from: payer, room: room, tokenRoom: tokenRoom) else { continue }
            if plan.outputLimit == nil { return .success(plan) }
            clamped = clamped ?? plan
        }
        return clamped.map { .success($0) } ?? .failure(moneyRefusal(needed: request.leastMoney, of: day))
    }

    private func tokenRefusal(limit: Int64, needed: Int64, now: Int64) -> Refusal {
        guard needed <= limit else {
            return .tokensLimited(limit: limit, needed: needed, retryAfterMilliseconds: nil)
        }
        let wait = tokens.nanosecondsUntilRoom(for: needed, limit: limit, now: now)
        return .tokensLimited(
            limit: limit, needed: needed, retryAfterMilliseconds: wait.map { $0 / 1_000_000 + 1 } ?? 1000)
    }

    /// Returns the refusal of a request for which `needed` cannot be held, in amounts that the client may see.
    ///
    /// Names a payer whose money is only held by requests in flight if there is one, because then a retry helps; else the payer
    /// whose window ends first; else the last one.
    private func moneyRefusal(needed: NanoUSD, of day: Day) -> Refusal {
        var spent: MoneyShortage?
        for payer in payers {
            var worst: (shortage: MoneyShortage, isHeld: Bool)?
            forEachBound(on: payer, of: day) { rule, free, held in
                guard free < needed else { return }
                let isHeld = needed <= free + held
                guard worst.map({ $0.isHeld && !isHeld }) ?? true else { return }
                worst = (shortage(rule, needed: needed, free: free, held: held, of: day), isHeld)
            }
            guard let worst else { continue }
            if worst.isHeld { return .budgetHeld(worst.shortage) }
            if let best = spent?.opensAt, worst.shortage.opensAt.map({ $0 >= best }) ?? true { continue }
            spent = worst.shortage
        }
        return .budgetSpent(
            spent ?? MoneyShortage(rule: .budget, needed: multiplier.shown(needed), free: nil, held: nil))
    }

    private func shortage(
        _ rule: MoneyRule, needed: NanoUSD, free: NanoUSD, held: NanoUSD, of day: Day
    ) -> MoneyShortage {
        // The account's balance is hidden from its client keys.
        let isShown = rule != .account || principal.kind == .account
        return MoneyShortage(
            rule: rule, needed: multiplier.shown(needed), free: isShown ? multiplier.shown(max(.zero, free)) : nil,
            held: isShown ? multiplier.shown(held) : nil, opensAt: rule.period?.next(after: day).start)
    }
}
