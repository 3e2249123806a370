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
        let bound = price?.bound(
            bodyBytes: demand.bodyBytes, maxOutputTokens: demand.maxOutputTokens, choices: demand.choices,
            mayWriteCache: demand.mayWriteCache, generatesText: demand.endpoint.generatesText)
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
            guard let price, let bound else {
                return .refused(.modelNotPriced(model: demand.model), key.headroom(now: now))
            }
            let amount = demand.endpoint == .countTokens ? .zero : bound
            guard amount <= key.available else {
                return .refused(key.budgetRefusal(needed: amount), key.headroom(now: now))
            }
            guard store.isWritable else { return .refused(.ledgerUnavailable, key.headroom(now: now)) }

            let inputCost = price.inputBound(bodyBytes: demand.bodyBytes, mayWriteCache: demand.mayWriteCache)
            let hold = Hold(
                requestID: requestID, accountID: principal.accountID, keyID: principal.keyID, amount: amount,
                interruptedCost: min(inputCost, amount), model: price.model, endpoint: demand.endpoint,
                priceVersion: card.version, multiplier: key.multiplier, startedAt: startedAt)
            key.window.record(now: now)
            key.inFlight += 1
            key.hold(amount)
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
            return .admitted(HeldRequest(hold: hold, price: price, demand: demand), key.headroom(now: now))
        }
    }

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
                firstByteMilliseconds: outcome.firstByteMilliseconds, status: outcome.status)
            store.enqueue(.settle(settlement)) { self.finish(settlement, $0) }
            return beyond - extra
        }
        if overrun > .zero {
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
    func budgetRefusal(needed: NanoUSD) -> Refusal {
        let shownNeeded = multiplier.shown(needed)
        let shownAvailable = multiplier.shown(max(.zero, available))
        return needed <= available + heldBeside
            ? .budgetHeld(needed: shownNeeded, available: shownAvailable, held: multiplier.shown(heldBeside))
            : .budgetSpent(needed: shownNeeded, available: shownAvailable)
    }
}
