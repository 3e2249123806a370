import ArgumentParser
import Foundation
import Money
import NIOHTTP1
import Pricing

struct PricesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prices", abstract: "Manage rate cards.",
        subcommands: [List.self, Show.self, Check.self, Import.self, Set.self, Reload.self])

    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the prices of a rate card, in USD per million tokens.")
        @OptionGroup var card: RateCardOptions

        func run() throws {
            printLine(try Table(card.read().models.map(\.columns), columns: ModelPrice.columnNames).text)
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show how a model is charged.")
        @OptionGroup var card: RateCardOptions
        @Argument(help: "The model's name.") var model: String

        func run() throws {
            guard let price = try card.read().price(for: model) else {
                printError("tollgate: '\(model)' has no price; requests for it are refused")
                throw ExitCode.failure
            }
            printLine(price.explanation)
        }
    }

    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check a rate card file.",
            discussion: "Prints the first error with its line, and fails, if the gateway could not use the file.")
        @Argument(help: "The rate card file.") var file: String

        func run() throws {
            let card = try RateCardOptions.read(file)
            let unchecked = card.models.filter { $0.checked == nil }.count
            printLine("\(file): \(card.models.count) models, version \(card.version)")
            if unchecked > 0 { printLine("without the date of their last check ('checked'): \(unchecked) models") }
        }
    }

    struct Import: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Convert LiteLLM's model_prices_and_context_window.json to a rate card.",
            discussion:
                "The rate card is written to standard output or --output, the counts of imported and skipped models to standard error."
        )
        @Argument(help: "The price list file.") var file: String
        @Option(help: "File to write the rate card to.") var output: String?
        @Option(help: "Import only models of this provider; may be repeated.") var provider: [String] = []
        @Option(help: "Prefix to remove from model names, such as provider/.") var stripPrefix = ""

        func run() throws {
            do {
                guard let json = FileManager.default.contents(atPath: file) else {
                    throw CommandError("\(file): cannot be read")
                }
                let result = try RateCardImport(
                    liteLLM: json, providers: Swift.Set(provider), strippingPrefix: stripPrefix)
                // Fails if the gateway could not read the result.
                _ = try RateCard(yaml: result.yaml, source: "the imported rate card")
                if let output {
                    do {
                        try result.yaml.write(toFile: output, atomically: true, encoding: .utf8)
                    } catch {
                        throw CommandError("\(output): cannot be written: \(error.localizedDescription)")
                    }
                } else {
                    printLine(result.yaml)
                }
                report(result)
            } catch {
                printError("tollgate: \(file): \(error)")
                throw ExitCode.failure
            }
        }

        private func report(_ result: RateCardImport) {
            printError("imported: \(result.imported) models")
            for (reason, count) in result.skipped.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
                printError("skipped: \(count) models: \(reason)")
            }
            for (field, count) in result.ignoredPrices.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
                printError("price not supported by rate cards: \(field) of \(count) models")
            }
        }
    }

    struct Set: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Activate a rate card, now or later (admin key).")
        @OptionGroup var gateway: GatewayOptions
        @Argument(help: "The rate card file.") var file: String
        @Option(help: "Effective time, such as 2026-12-01T00:00:00Z; the default is now.") var from: String?

        func run() async throws {
            try await reporting {
                guard let card = try? String(contentsOfFile: file, encoding: .utf8), !card.isEmpty else {
                    throw CommandError("\(file): cannot be read, or is empty")
                }
                let client = GatewayClient(url: gateway.url, key: try gateway.key("TOLLGATE_ADMIN_KEY"))
                let query = from.map { "?effectiveFrom=\($0)" } ?? ""
                printLine(try await client.send(.POST, "/admin/prices" + query, body: card).text)
            }
        }
    }

    struct Reload: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Reload the gateway's rate card file (admin key).")
        @OptionGroup var gateway: GatewayOptions

        func run() async throws {
            try await reporting {
                let client = GatewayClient(url: gateway.url, key: try gateway.key("TOLLGATE_ADMIN_KEY"))
                printLine(try await client.send(.POST, "/admin/prices").text)
            }
        }
    }
}

struct RateCardOptions: ParsableArguments {
    @Option(help: "Rate card file (or TOLLGATE_PRICES); the default is the built-in rate card.")
    var prices: String?

    func read() throws -> RateCard {
        guard let prices = prices ?? ProcessInfo.processInfo.environment["TOLLGATE_PRICES"] else {
            return try Self.reporting { try RateCard.builtIn() }
        }
        return try Self.read(prices)
    }

    /// Reads a rate card file; prints the error of a wrong one.
    static func read(_ file: String) throws -> RateCard {
        try reporting {
            guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
                throw CommandError("\(file): cannot be read")
            }
            return try RateCard(yaml: text, source: file)
        }
    }

    private static func reporting(_ read: () throws -> RateCard) throws -> RateCard {
        do {
            return try read()
        } catch {
            printError("tollgate: \(error)")
            throw ExitCode.failure
        }
    }
}

extension ModelPrice {
    fileprivate static let columnNames =
        ["model"] + TokenRates.columnNames + ["per_request", "per_image", "context", "max_output", "tiers"]

    fileprivate var columns: [String: Any] {
        let own: [String: Any] = [
            "model": model, "per_request": perRequest.decimal, "per_image": perImage.decimal,
            "context": String(contextTokens), "max_output": String(maxOutputTokens),
            "tiers": tiers.map { ">\($0.above)" }.joined(separator: " "),
        ]
        return own.merging(rates.columns) { $1 }
    }
}

extension TokenRates {
    fileprivate static let columnNames = ["input", "output", "cache_read", "cache_write_5m", "cache_write_1h"]

    fileprivate var columns: [String: Any] {
        func perMillion(_ rate: Rate) -> String { NanoUSD(nanos: rate.nanoUSDPerMillionTokens).decimal }
        return [
            "input": perMillion(input), "output": perMillion(output), "cache_read": perMillion(cacheRead),
            "cache_write_5m": perMillion(cacheWrite5m), "cache_write_1h": perMillion(cacheWrite1h),
        ]
    }
}
