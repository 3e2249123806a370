import ArgumentParser
import NIOHTTP1

struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key", abstract: "Manage client keys (account key).",
        subcommands: [Create.self, List.self, Update.self, Delete.self])

    private static let columns = [
        "id", "label", "key", "budgetVirtual", "spentVirtual", "remainingVirtual", "rpmLimit", "concurrentLimit",
        "displayMultiplier",
    ]

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Create a client key and print it.")
        @OptionGroup var gateway: GatewayOptions
        @Option(help: "Budget in USD of real cost.") var budget: String
        @Option(help: "Budget in USD that the client sees; sets the display multiplier.") var clientBudget: String?
        @Option(help: "Display multiplier: USD that the client sees per USD of real cost.") var multiplier: String?
        @Option(help: "Label of the key.") var label: String?
        @Option(help: "Maximum requests per minute.") var rpm: Int?
        @Option(help: "Maximum concurrent requests.") var concurrency: Int?

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
        static let configuration = CommandConfiguration(abstract: "List client keys.")
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
        static let configuration = CommandConfiguration(abstract: "Update a client key.")
        @OptionGroup var gateway: GatewayOptions
        @Argument(help: "The key's id.") var id: String
        @Option(help: "Amount in USD to add to the budget.") var add: String?
        @Option(help: "Amount in USD to take from the unspent budget.") var reduce: String?
        @Option(help: "Display multiplier: USD that the client sees per USD of real cost.") var multiplier: String?
        @Option(help: "Label of the key.") var label: String?
        @Option(help: "Maximum requests per minute.") var rpm: Int?
        @Option(help: "Maximum concurrent requests.") var concurrency: Int?

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
            abstract: "Delete a client key and return its unspent budget to the account.")
        @OptionGroup var gateway: GatewayOptions
        @Argument(help: "The key's id.") var id: String

        func run() async throws {
            try await reporting {
                let client = GatewayClient(url: gateway.url, key: try gateway.key("TOLLGATE_ACCOUNT_KEY"))
                let answer = try await client.send(.DELETE, "/sub-keys/\(id)")
                let refunded = Table.text(answer.object["refunded"])
                printLine(gateway.json ? answer.text : "deleted; returned \(refunded) USD to the account")
            }
        }
    }
}
