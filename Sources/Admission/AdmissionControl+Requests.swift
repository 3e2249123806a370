import Accounts
import Ledger
import Logging
import Metering
import Money
import Pricing
import Synchronization
import Timekeeping

extension AdmissionControl {
    /// Admits a request or refuses it.
    ///
    /// All limits are checked before any is counted: a refused request leaves no trace. Order: the key
    /// is active, requests per minute, requests in flight, the price is known, the money is there.
    ///
    /// - Parameters:
    ///   - requestID: What the request is called from now on.
    ///   - startedAt: When its first byte arrived.
    ///   - onDurable: Called once, on the ledger's thread, when the hold is durable (true) or its write failed
    ///     (false). Not called for a refusal.
    public func admit(
        _ demand: RequestDemand, of principal: Principal, requestID: UUIDv7, startedAt: Timestamp,
        onDurable: @escaping @Sendable (Bool) -> Void
    ) -> AdmissionDecision {
        let card = rateCard
        let price = card.price(for: demand.model)
        let now = time.monotonicNanoseconds()
        return books.withLock { books in
            guard let key = books.keys[principal.keyID], !key.isClosed else { return .refused(.unknownKey, nil) }
            key.window.expire(now: now)
            if let wait = key.window.nanosecondsUntilRoom(limit: key.limits.requestsPerMinute, now: now) {
                let refusal = Refusal.rateLimited(
                    limit: key.limits.requestsPerMinute, retryAfterMilliseconds: wait / 1_000_000 + 1)
                return .refused(refusal, key.headroom(now: now))
            }
            guard key.inFlight < key.limits.concurrentRequests else {
                return .refused(.tooManyConcurrent(limit: key.limits.concurrentRequests), key.headroom(now: now))
            }
            guard var price else {
                return .refused(.modelNotPriced(model: demand.model), key.headroom(now: now))
            }
            price.markup = key.account.markup
            guard let stake = Stake(demand, price, key, leastOutput: policy.leastOutputTokens) else {
                let needed = Stake.least(demand, price, key, leastOutput: policy.leastOutputTokens)
                return .refused(key.budgetRefusal(needed: needed), key.headroom(now: now))
            }
            guard store.isWritable else { return .refused(.ledgerUnavailable, key.headroom(now: now)) }

            let hold = Hold(
                requestID: requestID, accountID: principal.accountID, keyID: principal.keyID, amount: stake.amount,
                interruptedCost: min(price.inputBound(demand.price), stake.amount), model: price.model,
                endpoint: demand.endpoint, priceVersion: card.version, multiplier: key.multiplier,
                markup: price.markup, startedAt: startedAt)
            key.window.record(now: now)
            key.inFlight += 1
            key.hold(stake.amount)
            store.enqueue(.hold(hold)) { result in
                if case .failure(let failure) = result {
                    self.logger.error(
                        "hold could not be written",
                        metadata: ["request": "\(requestID.requestText)", "reason": "\(failure)"])
                    onDurable(false)
                } else {
                    onDurable(true)
                }
            }
            var limited = demand
            if let limit = stake.outputLimit { limited.price.maxOutputTokens = limit }
            let held = HeldRequest(
                hold: hold, price: price, demand: limited, outputLimit: stake.outputLimit,
                disconnect: key.account.rules.disconnect)
            return .admitted(held, key.headroom(now: now))
        }
    }

    /// Adds to a request's hold from the rest of its budget, so that it covers a cost.
    ///
    /// What is taken goes on for a while beyond that, if there is so much. The hold in the ledger follows; unlike a new
    /// hold, nothing waits for it: a crash meanwhile charges the input alone, which the hold covered from the start.
    ///
    /// - Returns: Whether the hold covers the cost now. False changes nothing.
    public func extend(_ request: inout HeldRequest, toCover cost: NanoUSD) -> Bool {
        let hold = request.hold
        guard cost > hold.amount else { return true }
        let least = cost - hold.amount
        let ahead = request.price.cost(of: TokenUsage(output: Self.tokensAhead))
        let added = books.withLock { books -> NanoUSD? in
            guard let key = books.keys[hold.keyID], !key.isClosed, key.available >= least else { return nil }
            let added = least + min(ahead, key.available - least)
            key.hold(added)
            store.enqueue(.extend(hold, by: added)) { result in
                guard case .failure(let failure) = result else { return }
                // Only a ledger that has lost the hold can say so; its settlement will say it again.
                self.logger.critical(
                    "hold could not be extended",
                    metadata: ["request": "\(hold.requestID.requestText)", "reason": "\(failure)"])
            }
            return added
        }
        guard let added else { return false }
        counters.countExtension()
        request.hold.amount = hold.amount + added
        return true
    }

    /// Output that an extension pays for beyond what is written, in tokens.
    private static let tokensAhead: Int64 = 1024

    /// Ends a request: charges what it used, frees the rest of its hold and its slot, and writes its row.
    ///
    /// The slot is free at once; the money is free when the row is durable. A cost beyond the hold is taken from the
    /// rest of the budget, and what even that does not cover is booked as an overrun on the account.
    ///
    /// - Returns: What the request cost.
    @discardableResult
    public func settle(_ request: consuming HeldRequest, _ outcome: RequestOutcome) -> NanoUSD {
        let hold = request.hold
        let isFree = outcome.usageSource == .none || request.demand.endpoint == .countTokens
        let cost = isFree ? .zero : request.price.cost(of: outcome.usage)
        let overrun = books.withLock { books -> NanoUSD in
            guard let key = books.keys[hold.keyID] else { return .zero }
            key.inFlight -= 1
            let beyond = max(.zero, cost - hold.amount)
            // A closed key's rest is on its way back to the account: only the hold is left to charge.
            let extra = key.isClosed ? .zero : min(beyond, max(.zero, key.available))
            key.available -= extra
            let settlement = Settlement(
                hold: hold, usage: outcome.usage, usageSource: outcome.usageSource, cost: cost,
                overrun: beyond - extra, upstreamCost: outcome.upstreamCost,
                durationMilliseconds: outcome.durationMilliseconds,
                firstByteMilliseconds: outcome.firstByteMilliseconds, status: outcome.status,
                ending: outcome.ending, failedAttempts: outcome.failedAttempts, attempts: outcome.attempts)
            store.enqueue(.settle(settlement)) { self.finish(settlement, $0) }
            return beyond - extra
        }
        if outcome.ending == .cut { counters.countCut() }
        if overrun > .zero {
            counters.countOverrun(overrun)
            logger.error(
                "upstream used more than the bound; booked as an overrun on the account",
                metadata: [
                    "request": "\(hold.requestID.requestText)", "overrun": "\(overrun)", "model": "\(hold.model)",
                ])
        }
        return cost
    }

    /// Ends a request whose hold could not be written: nothing was promised, so nothing is charged.
    public func abandon(_ request: consuming HeldRequest) {
        let hold = request.hold
        books.withLock { books in
            guard let key = books.keys[hold.keyID] else { return }
            key.inFlight -= 1
            key.endHold(hold.amount, charged: .zero)
            books.forgetIfDone(key)
        }
    }

    /// Publishes a settlement, once it is durable.
    private func finish(_ settlement: Settlement, _ result: Result<LedgerReceipt, LedgerFailure>) {
        let hold = settlement.hold
        books.withLock { books in
            guard let key = books.keys[hold.keyID] else { return }
            switch result {
            case .success(.settled(let refunded)) where refunded > .zero:
                key.endHold(hold.amount, charged: hold.amount)
                key.account.available += refunded
            case .success:
                key.endHold(hold.amount, charged: settlement.charged)
            case .failure(let failure):
                counters.countLostSettlement()
                // The money stays held: better unavailable than spent twice. A restart resolves it.
                logger.critical(
                    "settlement could not be written",
                    metadata: [
                        "request": "\(hold.requestID.requestText)", "cost": "\(settlement.cost)",
                        "reason": "\(failure)",
                    ])
            }
            books.forgetIfDone(key)
        }
    }
}

extension KeyBook {
    /// Returns why `needed` cannot be held, in the amounts that the client may see.
    fileprivate func budgetRefusal(needed: NanoUSD) -> Refusal {
        let shownNeeded = multiplier.shown(needed)
        let shownAvailable = multiplier.shown(max(.zero, available))
        let shownHeld = multiplier.shown(heldBeside)
        return needed <= available + heldBeside
            ? .budgetHeld(needed: shownNeeded, available: shownAvailable, held: shownHeld)
            : .budgetSpent(needed: shownNeeded, available: shownAvailable, held: shownHeld)
    }
}

/// What is set aside for a request, and what it may write for that.
private struct Stake {
    let amount: NanoUSD
    /// The bound on each answer's output, if it is less than what was asked for.
    let outputLimit: Int64?

    /// Decides what to set aside: the whole bound if it fits what is left of the key's money, else what fits; nil if the
    /// key's rules or the request do not allow for less.
    init?(_ demand: RequestDemand, _ price: ModelPrice, _ key: KeyBook, leastOutput: Int64) {
        guard demand.endpoint != .countTokens else {
            amount = .zero
            outputLimit = nil
            return
        }
        let bound = price.bound(demand.price)
        let available = max(.zero, key.available)
        guard bound > available else {
            amount = bound
            outputLimit = nil
            return
        }
        guard Self.mayClamp(demand, key), let limit = price.affordableOutput(demand.price, for: available),
            limit >= Self.leastTokens(demand, price, leastOutput)
        else { return nil }
        var limited = demand.price
        limited.maxOutputTokens = limit
        amount = price.bound(limited)
        outputLimit = limit
    }

    /// Returns what a request needs to be let through at all.
    static func least(_ demand: RequestDemand, _ price: ModelPrice, _ key: KeyBook, leastOutput: Int64) -> NanoUSD {
        guard mayClamp(demand, key) else { return price.bound(demand.price) }
        var limited = demand.price
        limited.maxOutputTokens = leastTokens(demand, price, leastOutput)
        return price.bound(limited)
    }

    private static func mayClamp(_ demand: RequestDemand, _ key: KeyBook) -> Bool {
        demand.endpoint.generatesText && key.shortage == .clamp
    }

    /// Nobody who asks for less than the least is made to ask for more.
    private static func leastTokens(_ demand: RequestDemand, _ price: ModelPrice, _ leastOutput: Int64) -> Int64 {
        min(max(leastOutput, demand.leastOutputTokens), demand.price.maxOutputTokens ?? price.maxOutputTokens)
    }
}
