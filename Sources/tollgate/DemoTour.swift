import Foundation
import NIOHTTP1

/// The demo: creates an account, a deposit and a client key, sends six requests, and prints the ledger rows and balances
/// as the account and as the client see them.
struct DemoTour {
    let url: String
    let adminKey: String

    func run() async throws {
        let admin = GatewayClient(url: url, key: adminKey)
        let account = try await admin.send(.POST, "/admin/accounts", body: #"{"name":"Demo reseller"}"#)
        guard let accountID = account.object["id"] as? String, let accountKey = account.object["key"] as? String else {
            throw CommandError("the account was not created: \(account.text)")
        }
        _ = try await admin.send(
            .POST, "/admin/accounts/\(accountID)/deposits", body: #"{"amount":100,"reference":"demo"}"#)
        let reseller = GatewayClient(url: url, key: accountKey)
        let made = try await reseller.send(
            .POST, "/sub-keys", body: #"{"budgetVirtual":25,"clientBudget":50,"label":"Demo customer"}"#)
        guard let clientKey = made.object["key"] as? String else {
            throw CommandError("the client key was not created: \(made.text)")
        }
        let client = GatewayClient(url: url, key: clientKey)
        try await sendRequests(client)
        try await show(reseller, client)
        printLine(
            """

            Keys
              admin    \(adminKey)
              account  \(accountKey)
              client   \(clientKey)

            Page      \(url)/#key=\(clientKey)

            Examples
              curl \(url)/sub-key/balance -H 'Authorization: Bearer \(clientKey)'
              curl \(url)/v1/chat/completions -H 'Authorization: Bearer \(clientKey)' \\
                -H 'Content-Type: application/json' \\
                -d '{"model":"demo-chat","messages":[{"role":"user","content":"Hello!"}]}'
            """)
    }

    private func sendRequests(_ client: GatewayClient) async throws {
        let hello = #""messages":[{"role":"user","content":"Hello! What do you do all day?"}],"max_tokens":64"#
        let contents = #"{"contents":[{"parts":[{"text":"Hello! What do you do all day?"}]}]}"#
        let requests = [
            ("OpenAI protocol, plain", "/v1/chat/completions", #"{"model":"demo-chat",\#(hello)}"#),
            ("OpenAI protocol, streamed", "/v1/chat/completions", #"{"model":"demo-chat","stream":true,\#(hello)}"#),
            ("Anthropic protocol, plain", "/v1/messages", #"{"model":"demo-messages",\#(hello)}"#),
            (
                "Anthropic protocol, streamed", "/v1/messages", #"{"model":"demo-messages","stream":true,\#(hello)}"#
            ),
            ("Gemini protocol, plain", "/v1beta/models/demo-chat:generateContent", contents),
            ("Gemini protocol, streamed", "/v1beta/models/demo-chat:streamGenerateContent?alt=sse", contents),
        ]
        for (title, path, body) in requests {
            let answer = try await client.send(.POST, path, body: body)
            let isStream = title.contains("streamed")
            guard isStream == answer.text.contains("data: ") else {
                throw CommandError("\(title): unexpected answer: \(answer.text)")
            }
            let events = answer.text.components(separatedBy: "data: ").count - 1
            printLine("\(title): \(isStream ? "\(events) events" : "\(answer.text.utf8.count) bytes")")
        }
    }

    private func show(_ reseller: GatewayClient, _ client: GatewayClient) async throws {
        let logs = try await reseller.send(.GET, "/usage-logs")
        let rows = logs.list("data")
        printLine("\nUsage logs of the account (real cost in USD)")
        printLine(Table(rows, columns: LogsCommand.columns).text)
        printLine("\nUsage logs of the client (cost times the display multiplier)")
        let shown = try await client.send(.GET, "/sub-key/usage-logs").list("data")
        printLine(Table(shown, columns: LogsCommand.columns).text)
        let balance = try await reseller.send(.GET, "/balance")
        printLine("\nBalance of the account\n\(balance.text)")
        let clientBalance = try await client.send(.GET, "/sub-key/balance")
        printLine("\nBalance of the client key\n\(clientBalance.text)")
        guard rows.count == 6, shown.count == 6 else { throw CommandError("expected six rows in the usage logs") }
        for (real, seen) in zip(rows, shown) where Self.amount(real) * 2 != Self.amount(seen) {
            throw CommandError("the client does not see the cost times its multiplier of 2: \(real), \(seen)")
        }
    }

    private static func amount(_ row: [String: Any]) -> Decimal {
        (row["cost_usdc"] as? NSNumber).flatMap { Decimal(string: $0.stringValue) } ?? -1
    }
}
