import ArgumentParser
import NIOHTTP1

struct AccountCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "account", abstract: "Manage reseller accounts (admin key).",
        subcommands: [Create.self, List.self, RotateKey.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Create an account and print its key.")
        @OptionGroup var gateway: GatewayOptions
        @Argument(help: "The account's name.") var name: String

        func run() async throws {
            try await reporting {
                let client = GatewayClient(url: gateway.url, key: try gateway.key("TOLLGATE_ADMIN_KEY"))
                let answer = try await client.send(.POST, "/admin/accounts", body: "{\"name\":\(name.jsonQuoted)}")
                printLine(gateway.json ? answer.text : Table([answer.object], columns: ["id", "name", "key"]).text)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List accounts.")
        @OptionGroup var gateway: GatewayOptions

        func run() async throws {
            try await reporting {
                let client = GatewayClient(url: gateway.url, key: try gateway.key("TOLLGATE_ADMIN_KEY"))
                let answer = try await client.send(.GET, "/admin/accounts")
                let columns = ["id", "name", "balance", "available", "locked_balance", "overrun", "createdAt"]
                printLine(gateway.json ? answer.text : Table(answer.list("accounts"), columns: columns).text)
            }
        }
    }

    struct RotateKey: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replace an account's key; the old key stops working.")
        @OptionGroup var gateway: GatewayOptions
        @Argument(help: "The account's id.") var id: String

        func run() async throws {
            try await reporting {
                let client = GatewayClient(url: gateway.url, key: try gateway.key("TOLLGATE_ADMIN_KEY"))
                let answer = try await client.send(.POST, "/admin/accounts/\(id)/rotate-key")
                printLine(gateway.json ? answer.text : Table([answer.object], columns: ["id", "name", "key"]).text)
            }
        }
    }
}
