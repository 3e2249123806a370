import ArgumentParser
import NIOHTTP1

struct BalanceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "balance", abstract: "Show the account's balance (account key).")
    @OptionGroup var gateway: GatewayOptions

    func run() async throws {
        try await reporting {
            let client = GatewayClient(url: gateway.url, key: try gateway.key("TOLLGATE_ACCOUNT_KEY"))
            let answer = try await client.send(.GET, "/balance")
            let columns = ["balance", "locked_balance", "available"]
            printLine(gateway.json ? answer.text : Table([answer.object], columns: columns).text)
        }
    }
}

struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "List the account's usage logs, newest first (account key).")
    @OptionGroup var gateway: GatewayOptions
    @Option(help: "Page number, starting at 1.") var page = 1
    @Option(help: "Rows per page, at most 100.") var limit = 20

    static let columns = [
        "request_id", "model", "input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "cost_usdc",
        "duration_ms", "created_at",
    ]

    func run() async throws {
        try await reporting {
            let client = GatewayClient(url: gateway.url, key: try gateway.key("TOLLGATE_ACCOUNT_KEY"))
            let answer = try await client.send(.GET, "/usage-logs?page=\(page)&limit=\(limit)")
            printLine(gateway.json ? answer.text : Table(answer.list("data"), columns: Self.columns).text)
        }
    }
}
