import Accounts
import HTTPTypes
import Ledger
import Testing

@testable import ControlAPI

/// Calls with an `Idempotency-Key`.
@Suite struct IdempotencyTests {
    private static let order = #"{"budgetVirtual": 10, "label": "once"}"#

    @Test func `a repeated call gets the first answer and is applied once`() async throws {
        let control = try await ControlFixture()
        let account = try await control.account()
        let headers: HTTPFields = [.idempotencyKey: "order-1"]
        let first = try await control.call(.post, "/sub-keys", account.key, Self.order, headers: headers)
        let second = try await control.call(.post, "/sub-keys", account.key, Self.order, headers: headers)
        #expect(first.status == 200 && second.status == 200 && second.body == first.body)
        #expect(first.headers[.idempotentReplayed] == nil && second.headers[.idempotentReplayed] == "true")
        let keys = try await control.call(.get, "/sub-keys", account.key).body["subKeys"]?.list
        #expect(keys?.count == 1)
    }

    @Test func `the same key with another request is refused`() async throws {
        let control = try await ControlFixture()
        let account = try await control.account()
        let headers: HTTPFields = [.idempotencyKey: "order-1"]
        _ = try await control.call(.post, "/sub-keys", account.key, Self.order, headers: headers)
        let other = try await control.call(
            .post, "/sub-keys", account.key, #"{"budgetVirtual": 20}"#, headers: headers)
        #expect(other.status == 409 && other.code == "idempotency_key_used" && other.field == "Idempotency-Key")
    }

    @Test func `two accounts may use the same key`() async throws {
        let control = try await ControlFixture()
        let headers: HTTPFields = [.idempotencyKey: "order-1"]
        for _ in 0..<2 {
            let account = try await control.account()
            let made = try await control.call(.post, "/sub-keys", account.key, Self.order, headers: headers)
            #expect(made.status == 200 && made.headers[.idempotentReplayed] == nil)
        }
    }

    @Test func `a refused call is not remembered`() async throws {
        let control = try await ControlFixture()
        let account = try await control.account()
        let headers: HTTPFields = [.idempotencyKey: "order-1"]
        let refused = try await control.call(
            .post, "/sub-keys", account.key, #"{"budgetVirtual": 1000}"#, headers: headers)
        #expect(refused.status == 409 && refused.code == "insufficient_balance")
        #expect(try await control.call(.post, "/sub-keys", account.key, Self.order, headers: headers).status == 200)
    }

    @Test(arguments: ["", "two words", String(repeating: "x", count: 256)])
    func `a key of other characters or lengths is refused`(name: String) async throws {
        let control = try await ControlFixture()
        let account = try await control.account()
        let refused = try await control.call(
            .post, "/sub-keys", account.key, Self.order, headers: [.idempotencyKey: name])
        #expect(refused.status == 400 && refused.code == "invalid_field" && refused.field == "Idempotency-Key")
    }

    @Test func `a call that is in progress is busy until it ends`() {
        let locks = IdempotencyLocks()
        let key = IdempotencyKey(
            caller: AccountID(1), name: "order-1", requestDigest: KeyDigest(words: (1, 2, 3, 4)))
        #expect(locks.begin(key))
        #expect(!locks.begin(key))
        locks.end(key)
        #expect(locks.begin(key))
    }
}
