import Accounts
import Admission
import Ledger
import Logging
import Metering
import Money
import Pricing
import Synchronization
import TestSupport
import Testing
import Timekeeping
import Vault

@testable import GatewayServer

@Suite struct StaleHoldMonitorTests {
    /// Keeps what is logged.
    private struct Lines: LogHandler {
        let lines: Box
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        final class Box: Sendable {
            let text = Mutex("")
        }

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            lines.text.withLock { $0 += "\(event.level): \(event.message) \(event.metadata ?? [:])\n" }
        }
    }

    @Test func `a hold that outlives its request is an alarm, one of a request in flight is not`() async throws {
        let ledger = InMemoryLedger()
        let time = ManualTime(start: Timestamp(milliseconds: 1_790_000_000_000))
        let card = try RateCard(yaml: "models: {m: {input: 1, output: 1, context: 100}}", source: "test")
        let vault = try #require(KeyVault(sealKey: [UInt8](repeating: 7, count: 32)))
        let lines = Lines.Box()
        let logger = Logger(label: "test") { _ in Lines(lines: lines) }
        let admission = try await AdmissionServices.open(
            store: ledger, rateCard: card, vault: vault, policy: KeyPolicy(), longestRequest: .seconds(100), time: time,
            logger: logger)
        let (account, own) = try await admission.accounts.openAccount(name: "a", by: .gateway("test"))
        _ = try await admission.accounts.enterDeposit(
            to: account.id, amount: NanoUSD(dollars: 1), status: .completed, reference: nil, by: .gateway("test"))
        let id = UUIDv7(time: time.now())
        try await ledger.apply(
            .hold(
                Hold(
                    requestID: id, accountID: account.id, keyID: own.record.id, amount: NanoUSD(nanos: 7),
                    interruptedCost: .zero, payer: .account, model: "m", operation: .chatCompletions, priceVersion: 1,
                    multiplier: .one,
                    startedAt: time.now())))
        let monitor = StaleHoldMonitor(
            admission: admission.requests, ledger: ledger, interval: .milliseconds(1), logger: logger)
        await monitor.check()
        #expect(!lines.text.withLock { $0.contains("outlived") })
        time.advance(milliseconds: 100_001)
        await monitor.check()
        let text = lines.text.withLock { $0 }
        #expect(text.contains("critical") && text.contains("outlived") && text.contains(id.requestText))
    }
}
