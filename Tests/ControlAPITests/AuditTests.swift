import Foundation
import HTTPTypes
import Testing

@testable import ControlAPI

/// What the audit log records of a change.
@Suite struct AuditTests {
    private func lines(_ control: ControlFixture) async throws -> [JSONValue] {
        try await control.call(.get, "/admin/audit", ControlFixture.adminKey).body["data"]?.list ?? []
    }

    @Test func `a change is recorded with its caller, action and fields`() async throws {
        let control = try await ControlFixture()
        let account = try await control.account()
        _ = try await control.call(.post, "/sub-keys", account.key, #"{"label": "a", "budgetVirtual": 2.5}"#)
        let line = try #require(try await lines(control).first)
        #expect(line["actor"]?.text == "account" && line["action"]?.text == "POST /sub-keys")
        #expect(line["accountId"]?.text == account.id)
        #expect(line["changes"]?["label"]?.text == "a" && line["changes"]?["budgetVirtual"]?.number == 2.5)
    }

    @Test func `a refused change and a read are not recorded`() async throws {
        let control = try await ControlFixture()
        let account = try await control.account()
        let before = try await lines(control).count
        #expect(try await control.call(.post, "/sub-keys", account.key, #"{"budgetVirtual": 1000}"#).status == 409)
        #expect(try await control.call(.get, "/balance", account.key).status == 200)
        #expect(try await lines(control).count == before)
    }

    @Test func `the body of a redemption is not recorded`() async throws {
        let control = try await ControlFixture()
        let account = try await control.account()
        let client = try await control.clientKey(of: account.key)
        let made = try await control.call(.post, "/vouchers", account.key, #"{"budgetVirtual": 1}"#)
        let code = try #require(made.body["vouchers"]?.list?.first?["code"]?.text)
        #expect(try await control.call(.post, "/sub-key/redeem", client, #"{"code": "\#(code)"}"#).status == 200)
        let changes = try #require(try await lines(control).first?["changes"])
        #expect(changes["code"] == nil && changes["voucher"]?.text != nil)
    }

    @Test func `a long body is recorded by its length`() {
        let body = Data(#"{"name": "\#(String(repeating: "x", count: 9000))"}"#.utf8)
        #expect(AuditMiddleware.changes(in: body) == #"{"bytes":\#(body.count)}"#)
        #expect(AuditMiddleware.changes(in: Data("no JSON".utf8)) == #"{"bytes":7}"#)
        #expect(AuditMiddleware.changes(in: Data()) == "{}")
    }
}
