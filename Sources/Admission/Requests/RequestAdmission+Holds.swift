import Accounts
import Ledger
import Logging
import Metering
import Money
import Pricing
import Timekeeping

extension RequestAdmission {
    /// Admits a request or refuses it.
    ///
    /// All limits are checked before any is counted: a refused request leaves no trace. Order: the key is in force and
    /// may name the model, requests per minute, on this day, in flight, the price is known, tokens per minute, money.
    ///
    /// - Parameters:
    ///   - requestID: What the request is called from now on.
    ///   - startedAt: When its first byte arrived. One that is admitted on a later day than it arrived begins with that
    ///     day.
    ///   - onDurable: Called once, on the ledger's thread, when the hold is durable (true) or its write failed
    ///     (false). Not called for a refusal.
    public func admit(
        _ demand: RequestDemand, of principal: Principal, requestID: UUIDv7, startedAt: Timestamp,
        onDurable: @escaping @Sendable (Bool) -> Void
    ) -> AdmissionDecision {
        let card = prices.rateCard
        let price = card.price(for: demand.model)
        let now = time.monotonicNanoseconds()
        return books.withLock { books in
            guard let key = books.keys[principal.keyID], !key.isClosed else { return .refused(.unknownKey, nil) }
            key.window.expire(now: now)
            key.periods.advance(to: startedAt.day)
            let beganAt = max(startedAt, key.periods.today.start)
            if let refusal = key.refusal(of: demand.model, at: beganAt, now: now) {
                return .refused(refusal, key.headroom(now: now))
            }
            guard var price else {
                return .refused(.modelNotPriced(model: demand.model), key.headroom(now: now))
            }
            price.markup = key.account.markup
            let request = HoldPlan.Request(
                demand, price, shortage: key.shortage, leastOutput: leastOutputTokens)
            let plan: HoldPlan
            switch key.plan(for: request, of: beganAt.day, now: now) {
            case .success(let found): plan = found
            case .failure(let refusal): return .refused(refusal, key.headroom(now: now))
            }
            guard store.isWritable else { return .refused(.ledgerUnavailable, key.headroom(now: now)) }

            let hold = Hold(
                requestID: requestID, accountID: principal.accountID, keyID: principal.keyID, amount: plan.amount,
                interruptedCost: min(price.inputBound(demand.price), plan.amount), payer: plan.payer,
                model: price.model, operation: demand.operation, priceVersion: card.version,
                multiplier: key.multiplier, markup: price.markup, startedAt: beganAt)
            key.window.record(now: now)
            key.inFlight += 1
            key.tokens.reserve(plan.tokens)
            key.periods.change(around: beganAt.day) { $0.requests += 1 }
            key.hold(plan.amount, from: plan.payer, of: beganAt.day)
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
            if let limit = plan.outputLimit { limited.price.maxOutputTokens = limit }
            let held = HeldRequest(
                hold: hold, price: price, demand: limited, outputLimit: plan.outputLimit,
                reservedTokens: plan.tokens, disconnect: key.account.rules.disconnect)
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
            guard let key = books.keys[hold.keyID], !key.isClosed else { return nil }
            let day = hold.startedAt.day
            let room = key.room(on: hold.payer, of: day)
            guard room >= least else { return nil }
            let added = least + min(ahead, room - least)
            key.hold(added, from: hold.payer, of: day)
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
    /// rest of the same money, and what even that does not cover is booked as an overrun on the account.
    ///
    /// - Returns: What the request cost.
    @discardableResult
    public func settle(_ request: consuming HeldRequest, _ outcome: RequestOutcome) -> NanoUSD {
        let hold = request.hold
        let isFree = outcome.usageSource == .none || request.demand.operation == .countTokens
        let cost = isFree ? .zero : request.price.cost(of: outcome.usage)
        let reserved = request.reservedTokens
        let now = time.monotonicNanoseconds()
        let overrun = books.withLock { books -> NanoUSD in
            guard let key = books.keys[hold.keyID] else { return .zero }
            key.inFlight -= 1
            key.endTokens(of: isFree ? .zero : outcome.usage, reserved: reserved, now: now)
            let day = hold.startedAt.day
            let beyond = max(.zero, cost - hold.amount)
            let extra = min(beyond, key.room(on: hold.payer, of: day))
            if extra > .zero { key.hold(extra, from: hold.payer, of: day) }
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
        let reserved = request.reservedTokens
        books.withLock { books in
            guard let key = books.keys[hold.keyID] else { return }
            key.inFlight -= 1
            key.endTokens(of: .zero, reserved: reserved, now: time.monotonicNanoseconds())
            key.periods.change(around: hold.startedAt.day) { $0.requests -= 1 }
            key.endHold(hold.amount, charged: .zero, from: hold.payer, of: hold.startedAt.day)
            books.forgetIfDone(key)
        }
    }

    /// Publishes a settlement, once it is durable.
    private func finish(_ settlement: Settlement, _ result: Result<RequestReceipt, LedgerFailure>) {
        let hold = settlement.hold
        books.withLock { books in
            guard let key = books.keys[hold.keyID] else { return }
            // What was charged beyond the hold was held as well, by the settlement.
            let held = max(hold.amount, settlement.charged)
            let day = hold.startedAt.day
            switch result {
            case .success(let receipt) where receipt.refunded > .zero:
                key.endHold(held, charged: settlement.charged, from: hold.payer, of: day, isKept: false)
                key.account.available += receipt.refunded
            case .success:
                key.endHold(held, charged: settlement.charged, from: hold.payer, of: day)
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
