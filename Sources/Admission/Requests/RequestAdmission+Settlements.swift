import Accounts
import Ledger
import Logging
import Money
import Timekeeping

/// Ends of settlements, and holds that an earlier run left open.
///
/// Nothing here is logged inside the lock of the books: a log handler may block, and every request waits for that lock.
extension RequestAdmission {
    /// Settles the holds that an earlier run left open, and returns when all of them have ended.
    ///
    /// - Throws: `LedgerFailure` if one of them cannot be settled.
    func recover(_ holds: [Hold], by policy: RecoveryPolicy) async throws(LedgerFailure) {
        let (results, written) = AsyncStream.makeStream(of: (Settlement, Result<RequestReceipt, LedgerFailure>).self)
        for hold in holds {
            let settlement = policy.settlement(of: hold)
            store.enqueue(.settle(settlement)) { written.yield((settlement, $0)) }
        }
        var iterator = results.makeAsyncIterator()
        for _ in holds {
            guard let (settlement, result) = await iterator.next() else { return }
            settlementEnded(settlement, result)
            _ = try result.get()
            logger.warning(
                "request was in flight when the gateway stopped",
                metadata: [
                    "request": "\(settlement.hold.requestID.requestText)", "charged": "\(settlement.cost)",
                    "held": "\(settlement.hold.amount)",
                ])
        }
    }

    /// Publishes a settlement that is durable, or finds out what its failure means.
    func settlementEnded(_ settlement: Settlement, _ result: Result<RequestReceipt, LedgerFailure>) {
        let hold = settlement.hold
        let failure: LedgerFailure
        switch result {
        case .success(let receipt):
            return books.withLock { $0.end(settlement, refunded: receipt.refunded) }
        case .failure(let reason): failure = reason
        }
        let isVoid = books.withLock { books in
            guard books.hasFailed(hold.requestID) else { return false }
            books.void(hold, held: max(hold.amount, settlement.charged))
            return true
        }
        if isVoid { return logVoid(hold, cost: settlement.cost) }
        // The money stays held: the ledger holds it as well. The next start settles the hold.
        counters.countLostSettlement()
        logger.critical(
            "settlement could not be written; its money stays held until the next start",
            metadata: [
                "request": "\(hold.requestID.requestText)", "cost": "\(settlement.cost)", "reason": "\(failure)",
            ])
    }

    /// The failure of the hold was logged when it happened: only a cost is news.
    func logVoid(_ hold: Hold, cost: NanoUSD) {
        guard cost > .zero else { return }
        logger.error(
            "request used an upstream but is not charged: its hold could not be written",
            metadata: ["request": "\(hold.requestID.requestText)", "cost": "\(cost)", "model": "\(hold.model)"])
    }

    /// No sequence of calls leads here as long as a key stays in the books until its holds have ended.
    func logUnknownKey(_ hold: Hold, cost: NanoUSD) {
        logger.critical(
            "key of an ended request is not in the books; only the ledger is charged",
            metadata: [
                "request": "\(hold.requestID.requestText)", "key": "\(hold.keyID)", "cost": "\(cost)",
            ])
    }

    func logOverrun(_ hold: Hold, _ overrun: NanoUSD) {
        counters.countOverrun(overrun)
        logger.error(
            "upstream used more than the bound; booked as an overrun on the account",
            metadata: [
                "request": "\(hold.requestID.requestText)", "overrun": "\(overrun)", "model": "\(hold.model)",
            ])
    }
}
