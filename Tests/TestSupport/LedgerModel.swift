import Accounts
import Ledger
import Money
import Timekeeping

/// The state of an in-memory ledger, and the rules by which commands change it.
struct LedgerModel {
    var isWritable = true
    var accounts: [AccountRecord] = []
    var keys: [KeyRecord] = []
    var temporarySecrets: [TemporarySecret] = []
    var managementKeys: [ManagementKeyRecord] = []
    var managementKeyCount: Int64 = 0
    var audit: [AuditRecord] = []
    var deposits: [DepositRecord] = []
    var holds: [UUIDv7: Hold] = [:]
    var rows: [LedgerRow] = []
    var rateCards: [RateCardRecord] = []
    var answers: [(identity: IdempotencyKey, calledAt: Timestamp, answer: KeptAnswer)] = []
    /// Rows that retention has removed, oldest first.
    var dropped: [LedgerRow] = []
    var brands: [AccountID: Brand] = [:]
    var alerts: [AccountID: Alerts] = [:]
    var vouchers: [VoucherRecord] = []
    /// Keys that have redeemed each voucher.
    var redemptions: [VoucherID: Set<KeyID>] = [:]

    /// Objects that keys were given, each with its model and when.
    var objects: [GivenObject: (model: String, givenAt: Timestamp)] = [:]

    /// Keys that are disabled because of a policy error.
    var policyHolds: [KeyID: Timestamp] = [:]

    /// An object that a key was given.
    struct GivenObject: Hashable {
        var keyID: KeyID
        var digest: ObjectDigest
    }

    /// Applies a command of a request, whole or not at all.
    mutating func apply(_ command: RequestCommand) -> Result<RequestReceipt, LedgerFailure> {
        attempt { model in try model.change(command) }
    }

    /// Applies a management command, whole or not at all.
    mutating func apply<Receipt>(_ command: some ManagementCommand<Receipt>) -> Result<Receipt, LedgerFailure> {
        attempt { model in try command.apply(to: &model) }
    }

    private mutating func attempt<Receipt>(
        _ change: (inout LedgerModel) throws -> Receipt
    ) -> Result<Receipt, LedgerFailure> {
        guard isWritable else { return .failure(.unavailable("switched off")) }
        var copy = self
        do {
            let receipt = try change(&copy)
            self = copy
            return .success(receipt)
        } catch let failure as LedgerFailure {
            return .failure(failure)
        } catch {
            return .failure(.refused("\(error)"))
        }
    }

    func answer(caller: AccountID?, name: String) -> KeptAnswer? {
        answers.first { $0.identity.caller == caller && $0.identity.name == name }?.answer
    }

    mutating func move(_ amount: NanoUSD, to index: Int) throws(LedgerFailure) {
        keys[index].budget += amount
        accounts[try account(keys[index].accountID)].allocated += amount
        try check(index)
    }

    mutating func refundRest(_ index: Int) throws(LedgerFailure) -> NanoUSD {
        let rest = keys[index].remaining - keys[index].held
        try move(.zero - rest, to: index)
        return rest
    }

    func contents(usageFrom day: Day) -> LedgerContents {
        LedgerContents(
            accounts: accounts, keys: keys.filter { $0.deletedAt == nil }, temporarySecrets: temporarySecrets,
            managementKeys: managementKeys, usage: usage(from: day), holds: Array(holds.values),
            rateCards: rateCards)
    }

    private func usage(from day: Day) -> [KeyDay] {
        var sums: [KeyID: [Day: KeyDay]] = [:]
        for row in dropped + rows where row.startedAt.day >= day {
            var sum = sums[row.keyID]?[row.startedAt.day] ?? KeyDay(keyID: row.keyID, day: row.startedAt.day)
            sum.requests += 1
            sum.cost += row.cost - row.overrun
            if row.payer == .subscription { sum.allowanceCost += row.cost - row.overrun }
            sums[row.keyID, default: [:]][row.startedAt.day] = sum
        }
        return sums.values.flatMap(\.values).sorted { ($0.keyID.rawValue, $0.day) < ($1.keyID.rawValue, $1.day) }
    }

    func showable(_ index: Int) throws(LedgerFailure) -> KeyRecord {
        guard keys[index].isShowable else { throw .refused("shown budget is larger than any amount") }
        return keys[index]
    }

    /// Refuses states that violate the constraints of the database.
    func check(_ index: Int) throws(LedgerFailure) {
        let key = keys[index]
        let account = accounts[try account(key.accountID)]
        guard account.available >= .zero, key.remaining >= key.held else {
            throw .refused("more than there is")
        }
    }

    func account(_ id: AccountID) throws(LedgerFailure) -> Int {
        guard let index = accounts.firstIndex(where: { $0.id == id }) else { throw .notFound("account") }
        return index
    }

    func index(_ id: KeyID) throws(LedgerFailure) -> Int {
        guard let index = keys.firstIndex(where: { $0.id == id }) else { throw .notFound("key") }
        return index
    }
}
