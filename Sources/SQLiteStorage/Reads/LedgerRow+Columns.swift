import Accounts
import GRDB
import Ledger
import Metering
import Money
import Timekeeping

extension LedgerRow {
    /// Selects rows in the order of the columns below; a condition follows.
    static let selection = """
        SELECT requests.request_id, requests.account_id, requests.key_id, keys.display_id, requests.payer,
            models.name AS model, requests.endpoint, requests.input_tokens, requests.output_tokens,
            requests.cache_read_tokens, requests.cache_write_5m_tokens, requests.cache_write_1h_tokens, requests.images,
            requests.usage_source, requests.cost_nano_usd, requests.shown_cost_nano_usd, requests.overrun_nano_usd,
            requests.upstream_cost_nano_usd, requests.duration_ms, requests.first_byte_ms, requests.http_status,
            requests.ending, requests.attempts, requests.markup_millionths, requests.price_version,
            requests.multiplier_numerator, requests.multiplier_denominator, requests.started_at_ms,
            requests.service_tier, requests.is_resident, requests.is_fast, requests.picture_form,
            requests.usage_flags,
            (SELECT group_concat(dimension || ' ' || quantity, ' ') FROM request_dimensions WHERE row_id = requests.id)
                AS dimensions
        FROM requests JOIN models ON models.id = requests.model_id JOIN keys ON keys.id = requests.key_id

        """

    /// Reads a row by position: a page has a hundred of them.
    init(_ row: inout ColumnReader) throws {
        self.init(
            requestID: try row.id("request_id"), accountID: AccountID(row.int("account_id")),
            keyID: KeyID(row.int("key_id")), keyDisplayID: row.text("display_id"),
            payer: try row.value("payer", Payer.self), model: row.text("model"),
            operation: try row.value("endpoint", Metering.Operation.self),
            usage: Usage(
                input: row.int("input_tokens"), output: row.int("output_tokens"),
                cacheRead: row.int("cache_read_tokens"), cacheWrite5m: row.int("cache_write_5m_tokens"),
                cacheWrite1h: row.int("cache_write_1h_tokens"), pictures: row.int("images")),
            usageSource: try row.value("usage_source", UsageSource.self), cost: row.nanoUSD("cost_nano_usd"),
            shownCost: row.nanoUSD("shown_cost_nano_usd"), overrun: row.nanoUSD("overrun_nano_usd"),
            upstreamCost: row.optional { $0.nanoUSD("upstream_cost_nano_usd") },
            durationMilliseconds: row.int("duration_ms"),
            firstByteMilliseconds: row.optional { $0.int("first_byte_ms") }, status: Int(row.int("http_status")),
            ending: try row.value("ending", RequestEnding.self), attempts: Int(row.int("attempts")),
            markup: try row.markup(), priceVersion: row.int("price_version"), multiplier: try row.multiplier(),
            startedAt: row.time("started_at_ms"))
        terms = ServiceTerms(
            tier: try row.value("service_tier", ServiceTerms.Tier.self), isResident: row.flag("is_resident"),
            isFast: row.flag("is_fast"), pictureForm: row.optional { $0.text("picture_form") })
        flags = UsageFlags(rawValue: Int(row.int("usage_flags")))
        if let list = row.optional({ $0.text("dimensions") }) { try add(dimensions: list) }
    }

    /// Adds quantities from a list of dimensions and amounts that are separated by spaces.
    private mutating func add(dimensions list: String) throws {
        let numbers = list.split(separator: " ").map { Int64($0) }
        for place in stride(from: 0, to: numbers.count - 1, by: 2) {
            guard let number = numbers[place], let amount = numbers[place + 1],
                let dimension = Dimension(rawValue: Int(number))
            else { throw UnreadableColumn(name: "dimensions") }
            usage[dimension] = amount
        }
    }
}
