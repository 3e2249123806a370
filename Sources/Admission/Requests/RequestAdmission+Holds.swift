import Accounts
import Ledger
import Logging
import Metering
import Money
import Pricing
import Timekeeping

/// The life of a hold: admit, extend, settle.
extension RequestAdmission {
    /// Admits a request and holds the most that it can cost, or refuses it.
    ///
    /// - Rule: All limits are checked before any is counted. Order: the key is in force and allows the model, requests per
    ///   minute, on this day, in flight, the price is known, tokens per minute, money.
    /// - Why: A refusal must cost its client nothing.
    /// - Without it: A client that retries refused requests would use up its limits without being served.
    ///
    /// - Parameters:
    ///   - requestID: The request's identifier in the ledger.
    ///   - startedAt: When its first byte arrived. A request that is admitted on a later day than it arrived begins with that
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
            if let missing = price.missing(demand.price.requirements) {
                return .refused(.notPriced(model: demand.model, missing), key.headroom(now: now))
            }
            price.markup = key.account.markup
            let request = HoldPlan.Request(demand, price, shortage: key.shortage, leastOutput: leastOutputTokens)
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
            key.begin(plan, on: beganAt.day, now: now)
            key.account.lastWrite = store.enqueue(.hold(hold)) { result in
                if case .failure(let failure) = result {
                    self.holdFailed(requestID, failure)
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

    private func holdFailed(_ request: UUIDv7, _ failure: LedgerFailure) {
        books.withLock { $0.holdFailed(request) }
        logger.error(
            "hold could not be written",
            metadata: ["request": "\(request.requestText)", "reason": "\(failure)"])
    }

    /// Extends a request's hold from the money left, so that it covers a cost and the next 1,024 output tokens, if there is
    /// so much.
    ///
    /// - Rule: Nothing waits for an extension to be durable, unlike for a new hold.
    /// - Why: A crash charges the input alone, which the hold covered from the start.
    /// - Without it: Every stream that outgrows its hold would pause for a write.
    ///
    /// - Returns: Whether the hold covers the cost now. False changes nothing.
    public func extend(_ request: inout HeldRequest, toCover cost: NanoUSD) -> Bool {
        let hold = request.hold
        guard cost > hold.amount else { return true }
        let least = cost - hold.amount
        let ahead = request.price.cost(of: Usage(output: Self.tokensAhead))
        let added = books.withLock { books -> NanoUSD? in
            guard let key = books.keys[hold.keyID], !key.isClosed else { return nil }
            let day = hold.startedAt.day
            let room = key.room(on: hold.payer, of: day)
            guard room >= least else { return nil }
            let added = least + min(ahead, room - least)
            key.hold(added, from: hold.payer, of: day)
            key.account.lastWrite = store.enqueue(.extend(hold, by: added)) { result in
                if case .failure(let failure) = result { self.extensionFailed(hold, failure) }
            }
            return added
        }
        guard let added else { return false }
        counters.countExtension()
        request.hold.amount = hold.amount + added
        return true
    }

    /// Output that an extension pays for beyond the cost so far, in tokens.
    private static let tokensAhead: Int64 = 1024

    private func extensionFailed(_ hold: Hold, _ failure: LedgerFailure) {
        // An extension of a hold that was never written fails as a matter of course, and the hold's failure is logged.
        guard books.withLock({ !$0.hasFailed(hold.requestID) }) else { return }
        logger.critical(
            "hold could not be extended; its settlement will be refused as well",
            metadata: ["request": "\(hold.requestID.requestText)", "reason": "\(failure)"])
    }

    /// Ends a request: frees its slot, charges its cost, releases the rest of its hold and writes its row.
    ///
    /// - Rule: The slot is free at once, the money when the row is durable. A cost beyond the hold is taken from the money left,
    ///   and the part that even this does not cover is booked as an overrun on the account.
    /// - Why: The ledger holds the money until the row is written, and no balance may become negative.
    /// - Without it: Another request could be admitted on money that the ledger still holds, and its hold would be refused.
    ///
    /// If the hold could not be written, the ledger knows nothing of the request: nothing is charged and there is no row.
    ///
    /// - Returns: The cost of the request.
    @discardableResult
    public func settle(_ request: consuming HeldRequest, _ outcome: RequestOutcome) -> NanoUSD {
        let hold = request.hold
        let isFree = outcome.usageSource == .none || !request.demand.operation.isBilled
        var terms = outcome.terms
        if outcome.usage.pictures > 0, terms.pictureForm == nil {
            terms.pictureForm = request.demand.price.pictureForm?.text
        }
        let charge = isFree ? .nothing : request.price.charge(for: outcome.usage, terms: terms)
        let cost = charge.cost
        let reserved = request.reservedTokens
        let used = isFree ? 0 : outcome.usage.allInput + outcome.usage.allOutput
        let now = time.monotonicNanoseconds()
        let end = books.withLock { books -> RequestEnd in
            let key = books.keys[hold.keyID]
            key?.endRequest(reserved: reserved, used: used, now: now)
            if books.hasFailed(hold.requestID) {
                books.void(hold, held: hold.amount)
                return RequestEnd(isKeyKnown: key != nil, isVoid: true)
            }
            let beyond = max(.zero, cost - hold.amount)
            var extra = NanoUSD.zero
            if beyond > .zero, let key {
                let day = hold.startedAt.day
                extra = min(beyond, key.room(on: hold.payer, of: day))
                if extra > .zero { key.hold(extra, from: hold.payer, of: day) }
            }
            let settlement = Settlement(
                hold: hold, usage: outcome.usage, usageSource: outcome.usageSource, terms: terms,
                flags: outcome.flags.union(charge.flags), cost: cost, overrun: beyond - extra,
                upstreamCost: outcome.upstreamCost,
                durationMilliseconds: outcome.durationMilliseconds,
                firstByteMilliseconds: outcome.firstByteMilliseconds, status: outcome.status,
                ending: outcome.ending, failedAttempts: outcome.failedAttempts, attempts: outcome.attempts)
            let written = store.enqueue(.settle(settlement)) { self.settlementEnded(settlement, $0) }
            (key?.account ?? books.accounts[hold.accountID])?.lastWrite = written
            return RequestEnd(isKeyKnown: key != nil, overrun: beyond - extra)
        }
        if outcome.ending == .cut { counters.countCut() }
        flags.count(outcome.flags.union(charge.flags), of: hold.requestID, at: hold.operation.upstreamProtocol, time)
        if !end.isKeyKnown { logUnknownKey(hold, cost: cost) }
        if end.overrun > .zero { logOverrun(hold, end.overrun) }
        if end.isVoid { logVoid(hold, cost: cost) }
        return end.isVoid ? .zero : cost
    }

    /// The parts of a decision about a request's end that are logged, outside of the lock.
    private struct RequestEnd {
        let isKeyKnown: Bool
        var overrun = NanoUSD.zero
        var isVoid = false
    }

    /// Ends a request whose hold could not be written: nothing was promised, so nothing is charged.
    ///
    /// A hold that was written all the same is settled at zero.
    public func abandon(_ request: consuming HeldRequest) {
        settle(request, .abandoned)
    }
}
