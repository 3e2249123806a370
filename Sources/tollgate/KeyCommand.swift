import ArgumentParser
import NIOHTTP1

struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Client keys (account key).",
        subcommands: [Create.self, List.self, Update.self, Delete.self])

    private static let columns = [
        "id", "label", "key", "budgetVirtual", "spentVirtual", "remainingVirtual", "rpmLimit", "concurrentLimit",
        "displayMultiplier",
    ]

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Makes a client key and shows it.")
        @OptionGroup var gateway: GatewayOptions
        @Option(help: "What it costs you, in USD.") var budget: String
        @Option(help: "What its client sees as budget, in USD.") var clientBudget: String?
        @Option(help: "What its client sees for each real dollar.") var multiplier: String?
        @Option(help: "What to call it.") var label: String?
        @Option(help: "Requests per minute.") var rpm: Int?
        @Option(help: "Requests in flight.") var concurrency: Int?

        func run() async throws {
            try await reporting {
                let client = GatewayClient(url: gateway.url, key: try gateway.key("TOLLGATE_ACCOUNT_KEY"))
                var members = ["\"budgetVirtual\":\(try exact(budget))"]
                if let clientBudget { members.append("\"clientBudget\":\(try exact(clientBudget))") }
                if let multiplier { members.append("\"displayMultiplier\":\(try exact(multiplier))") }
                if let label { members.append("\"label\":\(label.jsonQuoted)") }
                if let rpm { members.append("\"rpmLimit\":\(rpm)") }
                if let concurrency { members.append("\"concurrentLimit\":\(concurrency)") }
                let answer = try await client.send(
                    .POST, "/sub-keys", body: "{\(members.joined(separator: ","))}")
                let columns = ["id", "label", "key", "budgetVirtual", "clientBudget", "rpmLimit", "concurrentLimit"]
                printLine(gateway.json ? answer.text : Table([answer.object], columns: columns).text)
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists client keys.")
        @OptionGroup var gateway: GatewayOptions

        func run() async throws {
            try await reporting {
                let client = GatewayClient(url: gateway.url, key: try gateway.key("TOLLGATE_ACCOUNT_KEY"))
                let answer = try await client.send(.GET, "/sub-keys")
                printLine(gateway.json ? answer.text : Table(answer.list("subKeys"), columns: columns).text)
            }
        }
    }

    struct Update: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Changes a client key.")
        @OptionGroup var gateway: GatewayOptions
        @Argument(help: "The key's id.") var id: String
        @Option(help: "Budget to add, in USD.") var add: String?
        @Option(help: "Budget to take back, in USD.") var reduce: String?
        @Option(help: "What its client sees for each real dollar.") var multiplier: String?
        @Option(help: "What to call it.") var label: String?
        @Option(help: "Requests per minute.") var rpm: Int?
        @Option(help: "Requests in flight.") var concurrency: Int?

        func run() async throws {
            try await reporting {
                let client = GatewayClient(url: gateway.url, key: try gateway.key("TOLLGATE_ACCOUNT_KEY"))
                var members: [String] = []
                if let add { members.append("\"addBudgetVirtual\":\(try exact(add))") }
                if let reduce { members.append("\"reduceBudgetVirtual\":\(try exact(reduce))") }
                if let multiplier { members.append("\"displayMultiplier\":\(try exact(multiplier))") }
                if let label { members.append("\"label\":\(label.jsonQuoted)") }
                if let rpm { members.append("\"rpmLimit\":\(rpm)") }
                if let concurrency { members.append("\"concurrentLimit\":\(concurrency)") }
                let answer = try await client.send(
                    .PUT, "/sub-keys/\(id)", body: "{\(members.joined(separator: ","))}")
                printLine(gateway.json ? answer.text : Table([answer.object], columns: columns).text)
            }
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Deletes a client key; what it has not spent goes back to the account.")
        @OptionGroup var gateway: GatewayOptions
        @Argument(help: "The key's id.") var id: String

        func run() async throws {
            try await reporting {
                let client = GatewayClient(url: gateway.url, key: try gateway.key("TOLLGATE_ACCOUNT_KEY"))
                let answer = try await client.send(.DELETE, "/sub-keys/\(id)")
                printLine(gateway.json ? answer.text : "deleted; refunded \(Table.text(answer.object["refunded"])) USD")
            }
        }
    }
}
