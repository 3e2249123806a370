import ArgumentParser
import Money
import NIOHTTP1

struct DepositCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "deposit", abstract: "Manage deposits (admin key).",
        subcommands: [Create.self, Complete.self, Refuse.self, List.self])

    private static let columns = ["id", "accountId", "amount", "status", "reference", "createdAt", "completedAt"]

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Record a deposit.")
        @OptionGroup var gateway: GatewayOptions
        @Argument(help: "The account's id.") var account: String
        @Argument(help: "Amount in USD.") var amount: String
        @Flag(help: "Record it as pending; it counts once it is completed.") var pending = false
        @Option(help: "Your reference; repeating it with the same amount returns the existing deposit.")
        var reference: String?

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
        static let configuration = CommandConfiguration(abstract: "Complete a pending deposit.")
        @OptionGroup var gateway: GatewayOptions
        @Argument(help: "The deposit's id.") var id: String

        func run() async throws { try await close(id, as: "COMPLETED", gateway) }
    }

    struct Refuse: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Refuse a pending deposit; this cannot be undone.")
        @OptionGroup var gateway: GatewayOptions
        @Argument(help: "The deposit's id.") var id: String

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
        static let configuration = CommandConfiguration(abstract: "List deposits, newest first.")
        @OptionGroup var gateway: GatewayOptions
        @Option(help: "List only the deposits of the account with this id.") var account: String?

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

/// Returns an amount in USD as a JSON number, parsed as a decimal and never as a binary floating-point number.
func exact(_ amount: String) throws -> String {
    guard let parsed = NanoUSD(decimal: amount) else {
        throw CommandError("'\(amount)': expected an amount in USD with at most 9 decimals")
    }
    return parsed.decimal
}
