import HTTPTypes
import Testing

@testable import ControlAPI

/// The shape of errors.
@Suite struct ErrorTests {
    @Test func `an error names its code and the field that is wrong`() async throws {
        let control = try await ControlFixture()
        let account = try await control.account()
        let expected: [(body: String, code: String, field: String?)] = [
            ("[]", "invalid_body", nil), ("{}", "missing_field", "budgetVirtual"),
            (#"{"budgetVirtual": "1"}"#, "invalid_field", "budgetVirtual"),
            (#"{"budgetVirtual": 1, "colour": "red"}"#, "unknown_field", "colour"),
            (
                #"{"budgetVirtual": 1, "subscription": {"amount": -1, "period": "day"}}"#, "invalid_field",
                "subscription.amount"
            ),
            (#"{"budgetVirtual": 1, "subscription": {"amount": 1}}"#, "missing_field", "subscription.period"),
            (
                #"{"budgetVirtual": 1, "subscription": {"amount": 1, "period": "day", "x": 1}}"#, "unknown_field",
                "subscription.x"
            ),
            (#"{"budgetVirtual": 1, "spendLimitPeriod": "day"}"#, "missing_field", "spendLimit"),
        ]
        for (body, code, field) in expected {
            let answer = try await control.call(.post, "/sub-keys", account.key, body)
            #expect(answer.status == 400 && answer.code == code && answer.field == field, "\(body): \(answer)")
            #expect(answer.body["error"]?.text != nil)
        }
        let query = try await control.call(.get, "/usage-logs?limit=0", account.key)
        #expect(query.code == "invalid_field" && query.field == "limit")
        let unknown = try await control.call(.get, "/usage-logs?size=1", account.key)
        #expect(unknown.code == "unknown_field" && unknown.field == "size")
    }

    @Test func `the code stands inside the error of the account dialect`() async throws {
        let control = try await ControlFixture()
        let answer = try await control.call(.get, "/v1/account/balance", "sk-tg-unknown")
        #expect(answer.body["error"]?["code"]?.text == "invalid_key")
        #expect(answer.body["error"]?["message"]?.text == "Invalid API key" && answer.body["code"] == nil)
    }

    @Test func `unknown paths and methods are errors like all others`() async throws {
        let control = try await ControlFixture()
        #expect(try await control.call(.get, "/nothing").code == "not_found")
        let method = try await control.call(.post, "/balance")
        #expect(method.status == 405 && method.code == "method_not_allowed" && method.headers[.allow] == "GET")
    }

    @Test func `a deposit's reference with another amount is refused and both amounts are named`() async throws {
        let control = try await ControlFixture()
        let account = try await control.account()
        let path = "/admin/accounts/\(account.id)/deposits"
        let first = try await control.call(
            .post, path, ControlFixture.adminKey, #"{"amount": 5, "status": "PENDING", "reference": "a"}"#)
        for status in ["PENDING", "COMPLETED"] {
            let refused = try await control.call(
                .post, path, ControlFixture.adminKey,
                #"{"amount": 6.5, "status": "\#(status)", "reference": "a"}"#)
            #expect(refused.status == 409 && refused.code == "reference_used" && refused.field == "reference")
            let message = try #require(refused.body["error"]?.text)
            #expect(message.contains("amount: 5 USD") && message.contains("6.5 USD"))
        }
        let same = try await control.call(
            .post, path, ControlFixture.adminKey, #"{"amount": 5, "status": "PENDING", "reference": "a"}"#)
        #expect(same.status == 200 && same.body == first.body)
        #expect(try await control.call(.get, "/balance", account.key).body["balance"]?.text == "100.0000")
    }
}
