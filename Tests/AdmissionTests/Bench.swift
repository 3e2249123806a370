import Accounts
import Ledger
import Logging
import Metering
import Money
import Pricing
import TestSupport
import Testing
import Timekeeping
import Vault

@testable import Admission

/// Admission on the model ledger, with a clock that tests set. One request costs at most 1,000 nano-dollars: 100 bytes in
/// at 2, 100 tokens out at 8.
struct Bench {
    let ledger = InMemoryLedger()
    let time = ManualTime(start: Timestamp(milliseconds: 1_790_000_000_000))
    let admission: AdmissionServices
    let account: AccountRecord

    init(deposit: Int64 = 1_000_000) async throws {
        let card = try RateCard(
            yaml: "models: {m: {input: 0.002, output: 0.008, context: 1000, max_output: 100}}", source: "test")
        let vault = try #require(KeyVault(sealKey: [UInt8](repeating: 7, count: 32)))
        admission = try await AdmissionServices.open(
            store: ledger, rateCard: card, vault: vault, policy: KeyPolicy(), time: time,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        let opened = try await admission.accounts.openAccount(name: "reseller", by: .test)
        account = opened.0
        _ = try await admission.accounts.changeAccount(account.id, AccountChange(shortage: .refuse), by: .test)
        _ = try await admission.accounts.enterDeposit(
            to: account.id, amount: NanoUSD(nanos: deposit), status: .completed, reference: nil, by: .test)
    }

    func key(budget: Int64, rpm: Int = 60, concurrency: Int = 5, shown: Int64? = nil) async throws -> Principal {
        let multiplier = DisplayMultiplier(numerator: shown ?? budget, denominator: budget) ?? .one
        var order = KeyOrder(
            budget: NanoUSD(nanos: budget), limits: KeyLimits(requestsPerMinute: rpm, concurrentRequests: concurrency))
        order.multiplier = multiplier
        return try await key(order)
    }

    func key(_ order: KeyOrder) async throws -> Principal {
        let issued = try await admission.accounts.createKey(of: account.id, order, by: .test)
        return try #require(principal(of: issued.secret))
    }

    func principal(of secret: Secret) -> Principal? {
        guard case .key(let principal) = admission.requests.authenticate(secret.revealed.utf8) else { return nil }
        return principal
    }

    func demand(model: String = "m", bytes: Int = 100, output: Int64? = nil) throws -> RequestDemand {
        let body = Array(#"{"model":"\#(model)"}"#.utf8)
        var facts = try RequestFacts(scanning: body.span, for: .completions)
        facts.maxOutputTokens = output
        facts.input = RequestInput(textBytes: Int64(bytes))
        return RequestDemand(operation: .completions, facts: facts)
    }

    /// Admits a request; returns the refusal if there is one, and gives the held request to `body`.
    func admit(
        _ principal: Principal, _ demand: RequestDemand? = nil, then body: (consuming HeldRequest) -> Void
    ) throws -> Refusal? {
        let decision = admission.requests.admit(
            try demand ?? self.demand(), of: principal, requestID: UUIDv7(time: time.now()), startedAt: time.now(),
            onDurable: { _ in })
        switch consume decision {
        case .admitted(let held, _):
            body(held)
            return nil
        case .refused(let refusal, _): return refusal
        }
    }

    /// Admits a request and settles it at once.
    func spend(_ principal: Principal, output: Int64 = 1) throws -> Refusal? {
        try admit(principal) { held in
            admission.requests.settle(held, Self.outcome(output: output))
        }
    }

    static func outcome(output: Int64) -> RequestOutcome {
        RequestOutcome(
            usage: Usage(output: output), usageSource: .reported, durationMilliseconds: 1,
            firstByteMilliseconds: 1, status: 200)
    }
}

extension AuditActor {
    /// The actor of calls in tests.
    static let test = AuditActor.gateway("test")
}
