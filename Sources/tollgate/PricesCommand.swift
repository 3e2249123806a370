import ArgumentParser
import Foundation
import Money
import Pricing

struct PricesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prices", abstract: "Rate cards.", subcommands: [List.self, Check.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the prices of a rate card, USD per million tokens.")
        @OptionGroup var card: RateCardOptions

        func run() throws {
            printLine(try Table(card.read().models.map(\.columns), columns: ModelPrice.columnNames).text)
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Says what a model costs, if it has a price.")
        @OptionGroup var card: RateCardOptions
        @Argument(help: "The model.") var model: String

        func run() throws {
            guard let price = try card.read().price(for: model) else {
                printError("tollgate: '\(model)' has no price; requests for it are refused")
                throw ExitCode.failure
            }
            printLine(Table([price.columns], columns: ModelPrice.columnNames).text)
        }
    }
}

struct RateCardOptions: ParsableArguments {
    @Option(help: "Rate card (or TOLLGATE_PRICES); the shipped one if none is given.")
    var prices: String?

    func read() throws -> RateCard {
        do {
            guard let prices = prices ?? ProcessInfo.processInfo.environment["TOLLGATE_PRICES"] else {
                return try RateCard.shipped()
            }
            guard let text = try? String(contentsOfFile: prices, encoding: .utf8) else {
                throw CommandError("\(prices): cannot be read")
            }
            return try RateCard(yaml: text, source: prices)
        } catch {
            printError("tollgate: \(error)")
            throw ExitCode.failure
        }
    }
}

extension ModelPrice {
    fileprivate static let columnNames = [
        "model", "input", "output", "cache_read", "cache_write_5m", "cache_write_1h", "per_request", "context",
        "max_output",
    ]

    fileprivate var columns: [String: Any] {
        func perMillion(_ rate: Rate) -> String { NanoUSD(nanos: rate.nanoUSDPerMillionTokens).decimal }
        return [
            "model": model, "input": perMillion(rates.input), "output": perMillion(rates.output),
            "cache_read": perMillion(rates.cacheRead), "cache_write_5m": perMillion(rates.cacheWrite5m),
            "cache_write_1h": perMillion(rates.cacheWrite1h), "per_request": perRequest.decimal,
            "context": String(contextTokens), "max_output": String(maxOutputTokens),
        ]
    }
}
