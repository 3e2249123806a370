import HTTPTypes
import TestSupport
import Testing

@testable import ControlAPI

/// How often one credential may call a route.
@Suite struct RateLimitTests {
    @Test func `refuses a call beyond the burst and says when it may be made`() async throws {
        let control = try await ControlFixture()
        let account = try await control.account()
        let client = try await control.clientKey(of: account.key)
        let other = try await control.clientKey(of: account.key)
        let wrong = #"{"code": "AAAA-AAAA-AAAA-AAAA"}"#
        for _ in 0..<AccountLimits().redeem.burst {
            #expect(try await control.call(.post, "/sub-key/redeem", client, wrong).code == "code_not_found")
        }
        let refused = try await control.call(.post, "/sub-key/redeem", client, wrong)
        #expect(refused.status == 429 && refused.code == "rate_limited" && refused.headers[.retryAfter] == "10")
        // Another key, and another route, are counted apart.
        #expect(try await control.call(.post, "/sub-key/redeem", other, wrong).code == "code_not_found")
        #expect(try await control.call(.get, "/sub-key/balance", client).status == 200)
        control.time.advance(milliseconds: 10_000)
        #expect(try await control.call(.post, "/sub-key/redeem", client, wrong).code == "code_not_found")
    }

    @Test func `a call that is not authenticated is not counted`() async throws {
        let control = try await ControlFixture()
        for _ in 0..<20 {
            #expect(try await control.call(.post, "/sub-key/redeem", "sk-tg-unknown", "{}").status == 401)
        }
    }
}
