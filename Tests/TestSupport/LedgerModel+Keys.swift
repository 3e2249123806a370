import Accounts
import Ledger
import Money
import Timekeeping

/// Keys that spend, their secrets, and management keys.
extension LedgerModel {
    mutating func handle(_ command: CreateKey) throws(LedgerFailure) -> KeyReceipt {
        if command.key.kind == .webTokens,
            let index = keys.firstIndex(where: { $0.accountID == command.accountID && $0.kind == .webTokens })
        {
            return KeyReceipt(try showable(index))
        }
        let record = try add(command.key, command.accountID, command.createdAt)
        let index = try index(record.id)
        try move(command.key.budget, to: index)
        return KeyReceipt(try showable(index))
    }

    mutating func handle(_ command: ChangeKey) throws(LedgerFailure) -> KeyReceipt {
        let index = try index(command.keyID)
        let change = command.change
        guard keys[index].kind == .client, keys[index].deletedAt == nil else { throw .notFound("key") }
        keys[index].label = change.label ?? keys[index].label
        keys[index].limits.requestsPerMinute = change.requestsPerMinute ?? keys[index].limits.requestsPerMinute
        keys[index].limits.concurrentRequests = change.concurrentRequests ?? keys[index].limits.concurrentRequests
        if let multiplier = change.multiplier, multiplier != keys[index].multiplier {
            keys[index].multiplier = multiplier
            keys[index].shownCarry = 0
        }
        keys[index].shortage = change.shortage ?? keys[index].shortage
        guard let rules = change.rules.applied(to: keys[index].rules) else { throw .refused("period of no limit") }
        keys[index].rules = rules
        if rules.isEnabled { policyHolds[command.keyID] = nil }
        keys[index].drawsOnAccount = change.drawsOnAccount ?? keys[index].drawsOnAccount
        try move(change.budgetChange, to: index)
        let refunded = keys[index].drawsOnAccount ? try refundRest(index) : .zero
        return KeyReceipt(try showable(index), refunded: refunded)
    }

    mutating func handle(_ command: HoldKey) throws(LedgerFailure) -> KeyReceipt {
        var change = KeyChange()
        change.rules.isEnabled = false
        let receipt = try handle(ChangeKey(command.keyID, change, at: command.heldAt))
        policyHolds[command.keyID] = command.heldAt
        return receipt
    }

    mutating func handle(_ command: DeleteKey) throws(LedgerFailure) -> KeyReceipt {
        let index = try index(command.keyID)
        guard keys[index].kind == .client, keys[index].deletedAt == nil else { throw .notFound("key") }
        keys[index].deletedAt = command.deletedAt
        temporarySecrets.removeAll { $0.keyID == command.keyID }
        let refunded = try refundRest(index)
        return KeyReceipt(keys[index], refunded: refunded)
    }

    mutating func handle(_ command: ReplaceSecret) throws(LedgerFailure) -> KeyReceipt {
        let index = try liveIndex(command.keyID)
        if let oldValidUntil = command.oldValidUntil {
            temporarySecrets.append(
                TemporarySecret(digest: keys[index].digest, keyID: command.keyID, validUntil: oldValidUntil))
        } else {
            temporarySecrets.removeAll { $0.keyID == command.keyID }
        }
        keys[index].digest = command.secret.digest
        keys[index].sealedSecret = command.secret.sealed
        keys[index].displayID = command.secret.displayID
        return KeyReceipt(keys[index])
    }

    mutating func handle(_ command: AddSecret) throws(LedgerFailure) -> KeyReceipt {
        let index = try liveIndex(command.secret.keyID)
        temporarySecrets.removeAll { $0.validUntil <= command.addedAt }
        temporarySecrets.append(command.secret)
        return KeyReceipt(keys[index])
    }

    private func liveIndex(_ id: KeyID) throws(LedgerFailure) -> Int {
        let index = try index(id)
        guard keys[index].deletedAt == nil else { throw .notFound("key") }
        return index
    }

    mutating func add(
        _ key: NewKey, _ account: AccountID, _ now: Timestamp
    ) throws(LedgerFailure) -> KeyRecord {
        let isOnlyOne = key.kind == .client || !keys.contains { $0.accountID == account && $0.kind == key.kind }
        guard isOnlyOne else { throw .refused("the account has such a key") }
        let record = KeyRecord(
            id: KeyID(Int64(keys.count + 1)), publicID: key.publicID, accountID: account, kind: key.kind,
            digest: key.secret.digest, sealedSecret: key.secret.sealed, displayID: key.secret.displayID,
            label: key.label, limits: key.limits, multiplier: key.multiplier, shortage: key.shortage, rules: key.rules,
            drawsOnAccount: key.drawsOnAccount, budget: .zero,
            createdAt: now)
        keys.append(record)
        return record
    }

    mutating func handle(_ command: CreateManagementKey) throws(LedgerFailure) -> ManagementKeyRecord {
        _ = try account(command.accountID)
        let key = command.key
        managementKeyCount += 1
        let record = ManagementKeyRecord(
            id: ManagementKeyID(managementKeyCount), publicID: key.publicID, accountID: command.accountID,
            digest: key.digest, displayID: key.displayID, label: key.label, scope: key.scope,
            expiresAt: key.expiresAt, createdAt: command.createdAt)
        managementKeys.append(record)
        return record
    }

    mutating func handle(_ command: DeleteManagementKey) throws(LedgerFailure) -> ManagementKeyRecord {
        guard let index = managementKeys.firstIndex(where: { $0.id == command.keyID }) else {
            throw .notFound("management key")
        }
        return managementKeys.remove(at: index)
    }
}
