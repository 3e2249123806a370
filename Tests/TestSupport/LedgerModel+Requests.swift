import Accounts
import Ledger
import Money

/// Commands of requests.
extension LedgerModel {
    mutating func change(_ command: RequestCommand) throws(LedgerFailure) -> RequestReceipt {
        switch command {
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
        case .remember(let given):
            guard keys.contains(where: { $0.id == given.keyID }) else { throw .refused("key") }
            for digest in given.digests {
                let place = GivenObject(keyID: given.keyID, digest: digest)
                if objects[place] == nil { objects[place] = (given.model, given.givenAt) }
            }
            return RequestReceipt()
        }
    }

    func givenObjects(_ digests: [ObjectDigest], to key: KeyID) -> [ObjectDigest: String] {
        var models: [ObjectDigest: String] = [:]
        for digest in digests { models[digest] = objects[GivenObject(keyID: key, digest: digest)]?.model }
        return models
    }

    private mutating func hold(_ amount: NanoUSD, _ payer: Payer, _ index: Int) throws(LedgerFailure) -> RequestReceipt
    {
        if payer.drawsOnAccount {
            keys[index].drawnHeld += amount
            accounts[try account(keys[index].accountID)].held += amount
        } else {
            keys[index].held += amount
        }
        try check(index)
        return RequestReceipt()
    }

    private mutating func settle(_ settlement: Settlement) throws(LedgerFailure) -> RequestReceipt {
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
        guard keys[index].keepsNoBudget else { return RequestReceipt() }
        return RequestReceipt(refunded: try refundRest(index))
    }
}
