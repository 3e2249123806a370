import Accounts
import Ledger
import Money
import Timekeeping

/// Management commands of accounts, deposits, vouchers and maintenance.
extension LedgerModel: ManagementCommandHandler {
    mutating func handle(_ command: OpenAccount) throws(LedgerFailure) -> OpenedAccount {
        let account = AccountRecord(
            id: AccountID(Int64(accounts.count + 1)), publicID: command.publicID, name: command.name,
            createdAt: command.openedAt)
        accounts.append(account)
        return OpenedAccount(account: account, key: try add(command.key, account.id, command.openedAt))
    }

    mutating func handle(_ command: ChangeAccount) throws(LedgerFailure) -> AccountRecord {
        let index = try account(command.accountID)
        let change = command.change
        accounts[index].markup = change.markup ?? accounts[index].markup
        accounts[index].rules.shortage = change.shortage ?? accounts[index].rules.shortage
        accounts[index].rules.disconnect = change.disconnect ?? accounts[index].rules.disconnect
        accounts[index].rules.policyError = change.policyError ?? accounts[index].rules.policyError
        return accounts[index]
    }

    mutating func handle(_ command: SetBrand) throws(LedgerFailure) -> AccountRecord {
        brands[command.accountID] = command.brand
        return accounts[try account(command.accountID)]
    }

    mutating func handle(_ command: SetAlerts) throws(LedgerFailure) -> AccountRecord {
        alerts[command.accountID] = command.alerts
        return accounts[try account(command.accountID)]
    }

    mutating func handle(_ command: EnterDeposit) throws(LedgerFailure) -> DepositReceipt {
        let account = try account(command.accountID)
        if let reference = command.reference,
            let existing = deposits.first(where: { $0.accountID == command.accountID && $0.reference == reference })
        {
            guard existing.amount == command.amount else {
                throw .conflictingReference(recorded: existing.amount, requested: command.amount)
            }
            return DepositReceipt(existing, credited: .zero)
        }
        let isCompleted = command.status == .completed
        let deposit = DepositRecord(
            id: DepositID(Int64(deposits.count + 1)), publicID: command.publicID, accountID: command.accountID,
            amount: command.amount, status: command.status, reference: command.reference,
            createdAt: command.enteredAt, completedAt: isCompleted ? command.enteredAt : nil)
        deposits.append(deposit)
        if isCompleted { accounts[account].deposited += command.amount }
        return DepositReceipt(deposit, credited: isCompleted ? command.amount : .zero)
    }

    mutating func handle(_ command: CloseDeposit) throws(LedgerFailure) -> DepositReceipt {
        guard let index = deposits.firstIndex(where: { $0.id == command.depositID }) else {
            throw .notFound("deposit")
        }
        guard deposits[index].status != command.status else { return DepositReceipt(deposits[index], credited: .zero) }
        guard deposits[index].status == .pending else { throw .depositClosed }
        deposits[index].status = command.status
        guard command.status == .completed else { return DepositReceipt(deposits[index], credited: .zero) }
        deposits[index].completedAt = command.closedAt
        accounts[try account(deposits[index].accountID)].deposited += deposits[index].amount
        return DepositReceipt(deposits[index], credited: deposits[index].amount)
    }

    mutating func handle(_ command: CreateVouchers) throws(LedgerFailure) -> [VoucherRecord] {
        _ = try account(command.accountID)
        for voucher in command.vouchers {
            vouchers.append(
                VoucherRecord(
                    id: VoucherID(Int64(vouchers.count + 1)), accountID: command.accountID, voucher: voucher,
                    createdAt: command.createdAt))
        }
        return vouchers.suffix(command.vouchers.count)
    }

    mutating func handle(_ command: RevokeVoucher) throws(LedgerFailure) -> VoucherRecord {
        guard let index = vouchers.firstIndex(where: { $0.id == command.voucherID && $0.revokedAt == nil }) else {
            throw .notFound("voucher")
        }
        vouchers[index].revokedAt = command.revokedAt
        return vouchers[index]
    }

    mutating func handle(_ command: RedeemVoucher) throws(LedgerFailure) -> VoucherRedemption {
        let (id, keyID) = (command.voucherID, command.keyID)
        let key = try index(keyID)
        guard keys[key].kind == .client, keys[key].deletedAt == nil else { throw .notFound("key") }
        guard !keys[key].drawsOnAccount else { throw .refused("key has no budget") }
        guard let index = vouchers.firstIndex(where: { $0.id == id && $0.accountID == keys[key].accountID }) else {
            throw .voucher(.unknown)
        }
        guard redemptions[id]?.contains(keyID) != true else { throw .voucher(.redeemedBefore) }
        if let refusal = vouchers[index].refusal(at: command.redeemedAt) { throw .voucher(refusal) }
        guard let multiplier = keys[key].multiplier(toppedUpBy: vouchers[index].voucher) else {
            throw .refused("multiplier out of range")
        }
        vouchers[index].used += 1
        redemptions[id, default: []].insert(keyID)
        keys[key].multiplier = multiplier
        keys[key].shownCarry = 0
        try move(vouchers[index].voucher.amount, to: key)
        return VoucherRedemption(voucher: vouchers[index], key: try showable(key))
    }

    mutating func handle(_ command: AdoptPrices) -> RateCardRecord {
        rateCards.append(command.record)
        return command.record
    }

    mutating func handle(_ command: PurgeRows) -> PurgeReceipt {
        answers.removeAll { $0.calledAt < command.callsBefore }
        let old = rows.prefix { $0.startedAt < command.rowsBefore }.prefix(command.limit)
        dropped += old
        rows.removeFirst(old.count)
        let oldObjects = objects.filter { $0.value.givenAt < command.rowsBefore }.sorted { one, other in
            (one.value.givenAt, one.key.keyID.rawValue, one.key.digest.rawValue)
                < (other.value.givenAt, other.key.keyID.rawValue, other.key.digest.rawValue)
        }.prefix(command.limit)
        for object in oldObjects { objects[object.key] = nil }
        return PurgeReceipt(rows: old.count, objects: oldObjects.count)
    }

    mutating func handle(_ command: RollUpWeeks) -> RollUpReceipt { RollUpReceipt() }

    mutating func record(_ actor: AuditActor, changing subject: AuditSubject, at now: Timestamp) {
        audit.append(
            AuditRecord(
                id: Int64(audit.count + 1), happenedAt: now, actor: actor,
                accountID: subject.accountID ?? actor.accountID, target: subject.target))
    }

    mutating func keep(
        _ answer: KeptAnswer, of identity: IdempotencyKey, calledAt: Timestamp
    ) throws(LedgerFailure) {
        guard self.answer(caller: identity.caller, name: identity.name) == nil else {
            throw .refused("the call was answered before")
        }
        answers.append((identity, calledAt, answer))
    }
}
