import HTTPTypes
import TestSupport
import Testing

@testable import ControlAPI

/// Readers see what they have done, and do not wait for others.
@Suite struct OwnWritesTests {
    @Test func `a client that reads its log after an answer finds the request`() async throws {
        let control = try await ControlFixture()
        let account = try await control.account()
        let client = try await control.clientKey(of: account.key)
        try control.request(client)
        #expect(try await control.call(.get, "/sub-key/usage-logs", client).body["pagination"]?["total"]?.number == 1)
        #expect(try await control.call(.get, "/usage-logs", account.key).body["pagination"]?["total"]?.number == 1)
    }

    @Test func `a read is not delayed by another account's request that is not written yet`() async throws {
        let control = try await ControlFixture()
        let busy = try await control.account()
        let idle = try await control.account()
        let client = try await control.clientKey(of: busy.key)
        let read = try await control.ledger.whileStalled {
            try control.request(client)
            #expect(try await control.call(.get, "/balance", idle.key).status == 200)
            // Returns whether the account's own read was answered during the stall.
            let read = Task {
                _ = try await control.call(.get, "/balance", busy.key)
                return control.ledger.isStalled
            }
            try await Task.sleep(for: .milliseconds(200))
            return read
        }
        #expect(try await read.value == false)
    }
}
