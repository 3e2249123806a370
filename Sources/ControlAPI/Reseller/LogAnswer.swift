import Accounts
import Admission
import HTTPTypes
import Ledger
import Metering
import Money
import Timekeeping

/// The reader of a usage log, who determines which amounts it shows.
enum LogReader: Sendable {
    /// The account sees real costs.
    case account
    /// A client sees its own costs, multiplied by its display multiplier.
    case client
}

/// A query of a usage log: a page by its number, or rows that match a filter, from a pagination cursor on.
struct LogQuery: Sendable {
    private let number: Int?
    private let size: Int
    private let filter: RowFilter
    private let cursor: Int64?
    private let requestID: UUIDv7?
    private let isCSV: Bool

    /// Rows of a CSV export that are fetched at once.
    private static let chunk = 1000

    /// Reads `page`, `limit`, `from`, `to`, `model`, `request_id`, `cursor` and `format`.
    init(_ query: inout QueryFields, accept: String?) throws(ControlError) {
        number = try query.integer("page", in: 1...1_000_000_000)
        let size = try query.integer("limit", in: 1...100)
        self.size = size ?? 20
        filter = RowFilter(from: try query.moment("from"), until: try query.moment("to"), model: query.text("model"))
        cursor = try query.cursor("cursor")
        requestID = try query.requestID("request_id")
        switch query.text("format") {
        case nil: isCSV = accept?.split(separator: ",").contains { $0.contains("text/csv") } ?? false
        case "csv": isCSV = true
        case "json": isCSV = false
        default: throw .invalid("format", "json or csv")
        }
        try query.finish()
        guard number == nil || (filter == RowFilter() && cursor == nil && requestID == nil) else {
            throw .conflicting(
                "'page' counts all rows: use 'cursor' with the 'next_cursor' of the last answer for a filtered list")
        }
        guard !isCSV || (number == nil && size == nil) else {
            throw .conflicting("A CSV file has all rows: use 'from' and 'to' instead of 'page' and 'limit'")
        }
    }

    /// Answers with rows of a key, or of all keys of an account.
    func answer(for owner: RowOwner, as reader: LogReader, _ ledger: any RequestLogReader) async throws -> ControlAnswer
    {
        if isCSV { return table(of: owner, as: reader, ledger) }
        if let requestID {
            let row = try await ledger.row(of: requestID, owner: owner)
            return .json(
                Self.page(row.map { [$0] } ?? [], reader, [("limit", .integer(size)), ("next_cursor", .null)]))
        }
        guard filter == RowFilter(), cursor == nil else {
            let slice = try await ledger.rows(of: owner, matching: filter, before: cursor, atMost: size)
            let next = JSON.optional(slice.next) { .string(String($0, radix: 36)) }
            return .json(Self.page(slice.rows, reader, [("limit", .integer(size)), ("next_cursor", next)]))
        }
        let page = try await ledger.rows(of: owner, page: Page(number: number ?? 1, size: size))
        return .json(
            Self.page(
                page.rows, reader,
                [
                    ("page", .integer(number ?? 1)), ("limit", .integer(size)), ("total", .integer(page.total)),
                    ("pages", .integer((page.total + Int64(size) - 1) / Int64(size))),
                    ("next_cursor", .optional(page.next) { .string(String($0, radix: 36)) }),
                ]))
    }

    private static func page(_ rows: [LedgerRow], _ reader: LogReader, _ pagination: [(String, JSON)]) -> JSON {
        .object([
            ("data", .array(rows.map { .object(LogAnswer.members(of: $0, for: reader)) })),
            ("pagination", .object(pagination)),
        ])
    }

    /// Writes all matching rows while they are read.
    private func table(of owner: RowOwner, as reader: LogReader, _ ledger: any RequestLogReader) -> ControlAnswer {
        ControlAnswer(
            body: .csv { [self] write in
                try await write(LogAnswer.columns(for: reader).joined(separator: ",") + "\r\n")
                if let requestID {
                    let row = try await ledger.row(of: requestID, owner: owner)
                    return try await write(row.map { LogAnswer.line(of: $0, for: reader) } ?? "")
                }
                var next = cursor
                repeat {
                    let slice = try await ledger.rows(of: owner, matching: filter, before: next, atMost: Self.chunk)
                    try await write(slice.rows.map { LogAnswer.line(of: $0, for: reader) }.joined())
                    next = slice.next
                } while next != nil
            })
    }
}

/// Rows of usage logs in the reseller dialect.
enum LogAnswer {
    static func members(of row: LedgerRow, for reader: LogReader) -> [(String, JSON)] {
        var members = counts(of: row, for: reader)
        members.append(
            ("quantities", .object(row.usage.quantities.map { ($0.dimension.name, .integer($0.amount)) })))
        if reader == .account { members += hidden(row) + [("flags", .array(row.flags.names.map(JSON.string)))] }
        return members
    }

    /// Members that a table has as well.
    private static func counts(of row: LedgerRow, for reader: LogReader) -> [(String, JSON)] {
        [
            ("request_id", .string(row.requestID.requestText)), ("model", .string(row.model)),
            ("input_tokens", .integer(row.usage.input)), ("output_tokens", .integer(row.usage.output)),
            ("cache_read_tokens", .integer(row.usage.cacheRead)),
            ("cache_write_tokens", .integer(row.usage.cacheWrite)),
            ("cost_usdc", .amount(reader == .account ? row.cost : row.shownCost)),
            ("duration_ms", .integer(row.durationMilliseconds)), ("key_id", .string(row.keyDisplayID)),
            ("created_at", .string(row.startedAt.rfc3339)), ("ending", .string(row.ending.name)),
            ("usage_source", .string("\(row.usageSource)")),
        ]
    }

    /// Members that are hidden from clients.
    private static func hidden(_ row: LedgerRow) -> [(String, JSON)] {
        [("attempts", .integer(row.attempts)), ("service_tier", .string(row.terms.tier.name))]
    }

    /// The column names of a CSV export.
    static func columns(for reader: LogReader) -> [String] {
        [
            "request_id", "model", "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens",
            "cost_usdc", "duration_ms", "key_id", "created_at", "ending", "usage_source",
        ] + otherDimensions.map(\.name) + (reader == .account ? ["attempts", "service_tier", "flags"] : [])
    }

    /// Dimensions whose quantities are not among the counts of tokens.
    private static let otherDimensions = Dimension.allCases.filter {
        ![.input, .output, .cacheRead, .cacheWrite5m, .cacheWrite1h].contains($0)
    }

    /// Returns a row as a line of CSV.
    static func line(of row: LedgerRow, for reader: LogReader) -> String {
        var cells = counts(of: row, for: reader).map(\.1) + otherDimensions.map { .integer(row.usage[$0]) }
        if reader == .account {
            cells += hidden(row).map(\.1) + [.string(row.flags.names.joined(separator: " "))]
        }
        return cells.map(cell).joined(separator: ",") + "\r\n"
    }

    /// Returns a CSV field, quoted where necessary; text that a spreadsheet would read as a formula is marked as text.
    private static func cell(_ value: JSON) -> String {
        guard case .string(let text) = value else { return value.text }
        let isFormula = text.first.map { "=+-@\t".contains($0) } ?? false
        let harmless = isFormula ? "'" + text : text
        guard harmless.contains(where: { ",\"\r\n".contains($0) || $0.isNewline }) else { return harmless }
        return "\"" + harmless.replacing("\"", with: "\"\"") + "\""
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
