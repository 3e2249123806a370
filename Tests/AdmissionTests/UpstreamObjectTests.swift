import Accounts
import Ledger
import Logging
import Metering
import Testing
import Timekeeping
import Vault

@testable import Admission
@testable import TestSupport

@Suite struct UpstreamObjectTests {
    private let store = SimulatedStore()
    private let objects: UpstreamObjects
    private let key = KeyID(1)

    init() async throws {
        let vault = try #require(KeyVault(sealKey: [UInt8](repeating: 7, count: 32)))
        let time = ManualTime(start: Timestamp(milliseconds: 1_790_000_000_000))
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        objects = UpstreamObjects(store: store, vault: vault, time: time, logger: logger)
        // A key, so that the ledger has whom it gives objects to.
        let secret = KeySecret(digest: KeyDigest(words: (1, 2, 3, 4)), sealed: [1], displayID: "sk-tga-1")
        let new = NewKey(
            publicID: UUIDv7(time: time.now()), kind: .account, secret: secret, label: "",
            limits: KeyLimits(requestsPerMinute: 1, concurrentRequests: 1))
        store.enqueue(OpenAccount(publicID: UUIDv7(time: time.now()), name: "a", key: new, at: time.now())) { _ in }
        store.write(atMost: 1)
        #expect(store.durable.keys.first?.id == key)
    }

    private func check(
        _ ids: [String], _ upstreamProtocol: UpstreamProtocol = UpstreamProtocol.allCases[0], by key: KeyID? = nil
    ) async -> String {
        let references = ids.map { ObjectReference(id: $0, field: "f") }
        switch await objects.check(references, of: upstreamProtocol, givenTo: key ?? self.key) {
        case .given(let model): return "given by \(model)"
        case .notGiven(let reference): return "not given: \(reference.id)"
        case .unavailable: return "unavailable"
        }
    }

    private func give(_ ids: [String], by model: String = "m") {
        objects.remember(ids, of: UpstreamProtocol.allCases[0], givenTo: key, by: model)
    }

    @Test func `an object can be named at once, and after its record is durable`() async {
        #expect(await check(["resp_1"]) == "not given: resp_1")
        give(["resp_1", "resp_2"])
        #expect(store.durable.objects.isEmpty)
        #expect(await check(["resp_2", "resp_1"]) == "given by m")
        store.write(atMost: 9)
        #expect(store.durable.objects.count == 2)
        #expect(await check(["resp_2", "resp_1"]) == "given by m")
        #expect(await check(["resp_1", "resp_3"]) == "not given: resp_3")
    }

    @Test func `another key, of the same account too, and another protocol do not know it`() async {
        give(["resp_1"])
        for _ in 1...2 {
            #expect(await check(["resp_1"], by: KeyID(2)) == "not given: resp_1")
            #expect(await check(["resp_1"], UpstreamProtocol.allCases[1]) == "not given: resp_1")
            store.write(atMost: 9)
        }
    }

    @Test func `the model is the one that gave it first`() async {
        give(["resp_1"], by: "a")
        give(["resp_1"], by: "b")
        #expect(await check(["resp_1"]) == "given by a")
        store.write(atMost: 1)
        #expect(await check(["resp_1"]) == "given by a")
        store.write(atMost: 1)
        #expect(await check(["resp_1"]) == "given by a")
    }

    @Test func `what cannot be recorded yet because the disk is full is recorded later`() async {
        give(["resp_1"])
        store.isDiskFull = true
        store.write(atMost: 9)
        #expect(await check(["resp_1"]) == "given by m")
        store.isDiskFull = false
        store.write(atMost: 9)
        #expect(store.durable.objects.count == 1)
    }
}
