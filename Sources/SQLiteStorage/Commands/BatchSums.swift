import Accounts
import Ledger
import Metering
import Money
import Timekeeping

/// Changes of a key's counters in a batch, and the values that they are checked against.
struct KeyDelta {
    let accountID: AccountID
    let drawsOnAccount: Bool
    let isDeleted: Bool
    let multiplier: DisplayMultiplier
    /// Rows before the batch.
    let rows: Int64
    /// Days before it are summed up by week.
    let summedUntil: Day
    var carry: Int64
    /// Part of its budget that is neither spent nor held.
    var available: NanoUSD
    var newRows: Int64 = 0
    var inputTokens: Int64 = 0
    var outputTokens: Int64 = 0
    var spent = NanoUSD.zero
    var held = NanoUSD.zero
    var drawn = NanoUSD.zero
    var drawnHeld = NanoUSD.zero
    var shownSpent = NanoUSD.zero

    init(_ row: inout ColumnReader) throws {
        accountID = AccountID(row.int("account_id"))
        drawsOnAccount = row.flag("draws_on_account")
        isDeleted = row.optional { $0.time("deleted_at_ms") } != nil
        multiplier = try row.multiplier()
        rows = row.int("row_count")
        carry = row.int("shown_carry")
        available = row.nanoUSD("available")
        summedUntil = Day(number: row.int("summed_until_day"))
    }
}

/// Changes of an account's counters in a batch, and the values that they are checked against.
struct AccountDelta {
    /// Rows before the batch.
    let rows: Int64
    /// Part of its balance that is neither allocated, spent nor held.
    var available: NanoUSD
    var newRows: Int64 = 0
    var spent = NanoUSD.zero
    var held = NanoUSD.zero
    var spentByClients = NanoUSD.zero
    var overrun = NanoUSD.zero

    init(_ row: inout ColumnReader) {
        rows = row.int("row_count")
        available = row.nanoUSD("available")
    }
}

/// A row of `usage_by_key_day`.
struct DayOfKey: Hashable {
    var key: KeyID
    var day: Day
    var modelID: Int64
}

/// A row of `usage_by_model_hour`.
struct HourOfModel: Hashable {
    var account: AccountID
    var hour: Int64
    var modelID: Int64
}

/// A sum of rows, and the range of their sequence numbers.
struct RowSum {
    var sum = UsageSum()
    var allowanceCost = NanoUSD.zero
    var sequences: ClosedRange<Int64>?

    mutating func add(_ row: UsageSum, allowanceCost: NanoUSD = .zero, at sequence: Int64) {
        sum.add(row)
        self.allowanceCost += allowanceCost
        // Rows come in the order of their sequence numbers.
        sequences = (sequences?.lowerBound ?? sequence)...sequence
    }
}
