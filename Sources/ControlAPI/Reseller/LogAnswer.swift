import Accounts
import Ledger
import Metering
import Money
import Timekeeping

/// Pages of usage logs, as the reseller dialect shows them.
enum LogAnswer {
    static func page(_ page: LedgerPage, _ request: Page, row: (LedgerRow) -> JSON) -> JSON {
        let size = Int64(request.size)
        return .object([
            ("data", .array(page.rows.map(row))),
            (
                "pagination",
                .object([
                    ("page", .integer(request.number)), ("limit", .integer(request.size)),
                    ("total", .integer(page.total)), ("pages", .integer((page.total + size - 1) / size)),
                ])
            ),
        ])
    }

    /// - Parameters:
    ///   - cost: What the reader may see that the request cost.
    ///   - keyID: The beginning of the key, where the reader is a client.
    static func row(_ row: LedgerRow, cost: NanoUSD, keyID: String? = nil) -> JSON {
        var members: [(String, JSON)] = [
            ("request_id", .string(row.requestID.requestText)), ("model", .string(row.model)),
            ("input_tokens", .integer(row.usage.input)), ("output_tokens", .integer(row.usage.output)),
            ("cache_read_tokens", .integer(row.usage.cacheRead)),
            ("cache_write_tokens", .integer(row.usage.cacheWrite)), ("cost_usdc", .amount(cost)),
            ("duration_ms", .integer(row.durationMilliseconds)),
        ]
        if let keyID { members.append(("key_id", .string(keyID))) }
        members += [
            ("created_at", .string(row.startedAt.rfc3339)), ("ending", .string(row.ending.name)),
            ("usage_source", .string("\(row.usageSource)")),
        ]
        // How often an upstream had to be asked is the reseller's affair.
        if keyID == nil { members.append(("attempts", .integer(row.attempts))) }
        return .object(members)
    }
}

/// An account's balance, as strings of four decimals.
enum BalanceAnswer {
    /// Cut off, never rounded up; what is locked is shown as the difference of the other two, so that the three
    /// always add up.
    static func members(of account: AccountRecord) -> [(String, JSON)] {
        let balance = account.balance.truncatedToFourDecimals
        let available = account.available.truncatedToFourDecimals
        return [
            ("balance", .fourDecimals(balance)), ("locked_balance", .fourDecimals(balance - available)),
            ("available", .fourDecimals(available)),
        ]
    }
}
