import Accounts
import GRDB
import Ledger
import Money
import Timekeeping

/// Moves money between owners. Each move is a row of `postings` and changes the sums of both owners.
struct Postings {
    let db: Database

    /// Kinds of posting, as the database numbers them.
    enum Kind: Int {
        /// From outside to an account.
        case deposit = 1
        /// From an account to a key.
        case allocation = 2
        /// From a key to its account.
        case refund = 3
    }

    /// Credits a completed deposit to its account.
    func credit(_ amount: NanoUSD, of deposit: DepositID, to account: AccountID, at now: Timestamp) throws {
        guard try db.account(account).deposited.adding(amount) != nil else {
            throw LedgerFailure.refused("sum of deposits is larger than any amount")
        }
        try db.run(
            "UPDATE accounts SET deposited_nano_usd = deposited_nano_usd + ? WHERE id = ?",
            [amount.nanos, account.rawValue])
        try db.run(
            "INSERT INTO postings (kind, account_id, deposit_id, amount_nano_usd, posted_at_ms) VALUES (?, ?, ?, ?, ?)",
            [Kind.deposit.rawValue, account.rawValue, deposit.rawValue, amount.nanos, now.milliseconds])
    }

    /// Moves money from an account to a key; a negative amount moves it back, and zero does nothing.
    ///
    /// - Returns: The row of the posting; nil of an amount of zero.
    @discardableResult
    func move(_ amount: NanoUSD, from account: AccountID, to key: KeyID, at now: Timestamp) throws -> Int64? {
        guard amount != .zero else { return nil }
        try db.run(
            "UPDATE accounts SET allocated_nano_usd = allocated_nano_usd + ? WHERE id = ?",
            [amount.nanos, account.rawValue])
        guard db.changesCount == 1 else { throw LedgerFailure.notFound("account") }
        try db.run(
            "UPDATE keys SET budget_nano_usd = budget_nano_usd + ? WHERE id = ?", [amount.nanos, key.rawValue])
        let kind: Kind = amount > .zero ? .allocation : .refund
        try db.run(
            "INSERT INTO postings (kind, account_id, key_id, amount_nano_usd, posted_at_ms) VALUES (?, ?, ?, ?, ?)",
            [kind.rawValue, account.rawValue, key.rawValue, abs(amount.nanos), now.milliseconds])
        return db.lastInsertedRowID
    }

    /// Returns to its account what is neither spent nor held of the budget of a key that keeps none.
    func refundRest(of id: KeyID, at now: Timestamp) throws -> NanoUSD {
        let key = try db.key(id)
        let rest = key.budget - key.spent - key.held
        try move(.zero - rest, from: key.accountID, to: id, at: now)
        return rest
    }
}
