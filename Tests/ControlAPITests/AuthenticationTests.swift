import HTTPTypes
import Testing

@testable import ControlAPI

/// Who may call which route.
@Suite struct AuthenticationTests {
    @Test func `refuses calls without a key and with an unknown key`() async throws {
        let control = try await ControlFixture()
        for key in [nil, "", "sk-tg-unknown"] {
            let answer = try await control.call(.get, "/balance", key)
            #expect(answer.status == 401 && answer.code == "invalid_key")
        }
    }

    @Test func `names the kind of key that a route needs`() async throws {
        let control = try await ControlFixture()
        let account = try await control.account()
        let client = try await control.clientKey(of: account.key)
        let refused = try await control.call(.get, "/balance", client)
        #expect(refused.status == 403 && refused.code == "wrong_key_kind")
        #expect(refused.body["error"]?.text == "An account key is required")
        let object = try await control.call(.get, "/v1/account/balance", client)
        #expect(object.status == 403 && object.code == "wrong_key_kind")
        #expect(object.body["error"]?["type"]?.text == "permission_error")
        #expect(try await control.call(.get, "/admin/accounts", account.key).code == "wrong_key_kind")
        #expect(try await control.call(.get, "/balance", account.key).status == 200)
    }

    @Test func `accepts a key in x-api-key`() async throws {
        let control = try await ControlFixture()
        let account = try await control.account()
        #expect(try await control.call(.get, "/balance", headers: [.apiKey: account.key]).status == 200)
    }

    @Test func `a read-only management key changes nothing`() async throws {
        let control = try await ControlFixture()
        let account = try await control.account()
        let made = try await control.call(
            .post, "/management-keys", account.key, #"{"label": "reader", "scope": "read-only"}"#)
        let key = try #require(made.body["key"]?.text)
        #expect(try await control.call(.get, "/v1/account/balance", key).status == 200)
        let refused = try await control.call(.post, "/v1/account/keys", key, #"{"name": "x"}"#)
        #expect(refused.status == 403 && refused.code == "read_only_key")
    }

    @Test func `a key with allowed addresses is refused from an unknown address`() async throws {
        let control = try await ControlFixture()
        let account = try await control.account()
        let made = try await control.call(
            .post, "/sub-keys", account.key, #"{"budgetVirtual": 1, "allowedIps": ["203.0.113.7"]}"#)
        let refused = try await control.call(.get, "/sub-key/balance", try #require(made.body["key"]?.text))
        #expect(refused.status == 403 && refused.code == "address_not_allowed")
    }
}
