import ArgumentParser
import Money
import NIOHTTP1

struct DepositCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deposit", abstract: "Money that comes in (admin key).",
        subcommands: [Create.self, Complete.self, Refuse.self, List.self])

    private static let columns = ["id", "accountId", "amount", "status", "reference", "createdAt", "completedAt"]

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Enters a deposit.")
        @OptionGroup var gateway: GatewayOptions
        @Argument(help: "The account.") var account: String
        @Argument(help: "Amount in USD.") var amount: String
        @Flag(help: "It is announced, and does not count yet.") var pending = false
        @Option(help: "Your own reference; the same one twice is one deposit.") var reference: String?

        func run() async throws {
            try await reporting {
                let client = GatewayClient(url: gateway.url, key: try gateway.key("TOLLGATE_ADMIN_KEY"))
                var body = "{\"amount\":\(try exact(amount)),\"status\":\"\(pending ? "PENDING" : "COMPLETED")\""
                if let reference { body += ",\"reference\":\(reference.jsonQuoted)" }
                let answer = try await client.send(.POST, "/admin/accounts/\(account)/deposits", body: body + "}")
                printLine(gateway.json ? answer.text : Table([answer.object], columns: columns).text)
            }
        }
    }

    struct Complete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Completes a pending deposit.")
        @OptionGroup var gateway: GatewayOptions
        @Argument(help: "The deposit.") var id: String

        func run() async throws { try await close(id, as: "COMPLETED", gateway) }
    }

    struct Refuse: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Refuses a pending deposit: it can never be completed.")
        @OptionGroup var gateway: GatewayOptions
        @Argument(help: "The deposit.") var id: String

        func run() async throws { try await close(id, as: "REFUSED", gateway) }
    }

    private static func close(_ id: String, as status: String, _ gateway: GatewayOptions) async throws {
        try await reporting {
            let client = GatewayClient(url: gateway.url, key: try gateway.key("TOLLGATE_ADMIN_KEY"))
            let answer = try await client.send(.PATCH, "/admin/deposits/\(id)", body: "{\"status\":\"\(status)\"}")
            printLine(gateway.json ? answer.text : Table([answer.object], columns: columns).text)
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists deposits, newest first.")
        @OptionGroup var gateway: GatewayOptions
        @Option(help: "Of this account only.") var account: String?

        func run() async throws {
            try await reporting {
                let client = GatewayClient(url: gateway.url, key: try gateway.key("TOLLGATE_ADMIN_KEY"))
                let answer = try await client.send(
                    .GET, "/admin/deposits" + (account.map { "?accountId=\($0)" } ?? ""))
                printLine(gateway.json ? answer.text : Table(answer.list("deposits"), columns: columns).text)
            }
        }
    }
}

/// Returns an amount as the JSON number that was typed, never through a binary fraction.
func exact(_ amount: String) throws -> String {
    guard let parsed = NanoUSD(decimal: amount) else {
        throw CommandError("'\(amount)': expected an amount in USD with at most 9 decimals")
    }
    return parsed.decimal
}
