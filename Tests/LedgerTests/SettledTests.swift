import Dispatch
import Ledger
import Money
import SQLiteStorage
import Synchronization
import Testing

/// Waiting for a position in the writer's queue.
@Suite struct SettledTests {
    @Test func `waiting for a command does not wait for those behind it`() async throws {
        let file = try TemporaryLedger()
        let ledger = try file.open()
        var commands = Commands(seed: 5)
        let (account, _) = try await ledger.openAccount(&commands, deposit: 1_000_000)
        let key = try await ledger.createKey(&commands, account, budget: 1000)
        let first = ledger.enqueue(RequestCommand.hold(commands.hold(key, 10))) { _ in }
        await ledger.settled(upTo: first)
        #expect(try await ledger.key(key.id)?.held == NanoUSD(nanos: 10))
        // A completion that does not return stops the writer's thread.
        let release = DispatchSemaphore(value: 0)
        let second = ledger.enqueue(RequestCommand.hold(commands.hold(key, 20))) { _ in release.wait() }
        await ledger.settled(upTo: first)
        await ledger.settled(upTo: .start)
        let isReleased = Mutex(false)
        let waiting = Task {
            await ledger.settled(upTo: second)
            return isReleased.withLock { $0 }
        }
        try await Task.sleep(for: .milliseconds(100))
        isReleased.withLock { $0 = true }
        release.signal()
        #expect(await waiting.value)
        #expect(try await ledger.key(key.id)?.held == NanoUSD(nanos: 30))
        await ledger.close()
        await ledger.settled(upTo: .last)
    }
}
