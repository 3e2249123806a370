import Accounts
import Foundation
import Ledger
import Metering
import Money
import Synchronization
import Timekeeping

/// Requests spread over many keys, each of the same small cost.
struct LoadMaker: Sendable {
    /// When the first row of a filled database began; all others follow.
    static let start = Timestamp(milliseconds: 1_790_000_000_000)
    static let cost = NanoUSD(nanos: 1000)
    private static let amount = NanoUSD(nanos: 5000)
    static let usage = Usage(input: 700, output: 150, cacheRead: 20)

    private let keys: [KeyRecord]
    private var next = 0

    init(keys: [KeyRecord]) { self.keys = keys }

    mutating func hold() -> Hold {
        next += 1
        let key = keys[next &* 7919 % keys.count]
        let now = SystemTime().now()
        return Hold(
            requestID: UUIDv7(time: now), accountID: key.accountID, keyID: key.id, amount: Self.amount,
            interruptedCost: Self.cost, model: "model-\(next % 5)", operation: .chatCompletions, priceVersion: 1,
            multiplier: key.multiplier, startedAt: now)
    }

    static func settle(_ hold: Hold) -> RequestCommand {
        .settle(
            Settlement(
                hold: hold, usage: usage, usageSource: .reported, cost: cost, durationMilliseconds: 900,
                firstByteMilliseconds: 300, status: 200))
    }
}

/// An open-loop load: a request every millisecond, settled 50 ms after it began.
final class SteadyLoad: Sendable {
    struct Result {
        var holds: [Double] = []
        var settlements: [Double] = []
    }

    private let ledger: any LedgerStore
    private let maker: Mutex<LoadMaker>
    private let result = Mutex(Result())

    init(ledger: any LedgerStore, maker: LoadMaker) {
        self.ledger = ledger
        self.maker = Mutex(maker)
    }

    func run(requestsPerSecond: Int, seconds: Int) async -> Result {
        let start = DispatchTime.now().uptimeNanoseconds
        let interval = UInt64(1_000_000_000 / requestsPerSecond)
        let delay = 50
        var waiting: [Hold] = []
        for number in 0..<requestsPerSecond * seconds {
            let due = start + UInt64(number) * interval
            let now = DispatchTime.now().uptimeNanoseconds
            if due > now { try? await Task.sleep(for: .nanoseconds(due - now)) }
            let hold = maker.withLock { $0.hold() }
            enqueue(.hold(hold)) { $0.holds.append($1) }
            waiting.append(hold)
            if waiting.count > delay {
                enqueue(LoadMaker.settle(waiting.removeFirst())) { $0.settlements.append($1) }
            }
        }
        for hold in waiting { enqueue(LoadMaker.settle(hold)) { _, _ in } }
        await ledger.settled()
        return result.withLock { $0 }
    }

    private func enqueue(_ command: RequestCommand, note: @escaping @Sendable (inout Result, Double) -> Void) {
        let began = DispatchTime.now().uptimeNanoseconds
        ledger.enqueue(command) { outcome in
            if case .failure(let failure) = outcome { fatalError("\(failure)") }
            let taken = Double(DispatchTime.now().uptimeNanoseconds - began) / 1e6
            self.result.withLock { note(&$0, taken) }
        }
    }
}

extension LedgerStore {
    /// Enqueues commands at once and waits until all of them are durable.
    func applyTogether(_ commands: [RequestCommand]) async throws {
        for command in commands {
            enqueue(command) { if case .failure(let failure) = $0 { fatalError("\(failure)") } }
        }
        await settled()
    }
}
