import Accounts
import Foundation
import Ledger
import Logging
import Metering
import Money
import Synchronization
import TestSupport
import Testing
import Timekeeping

@testable import Observability

@Suite struct AccessLogTests {
    private let time = ManualTime(start: Timestamp(milliseconds: 1_790_000_000_000))
    private let folder = FileManager.default.temporaryDirectory.appending(path: "access-log-\(UUID().uuidString)")
    private let logged = LoggedLines()

    init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private var logger: Logger {
        Logger(label: "test", factory: { _ in LoggedLines.Handler(lines: logged) })
    }

    private func record(_ id: String) -> ExchangeRecord {
        var record = ExchangeRecord(receivedAt: time.now(), received: 0)
        record.requestID = id
        record.status = 200
        return record
    }

    private func lines(_ file: URL) throws -> [[String: Any]] {
        try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map { line in
            try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        }
    }

    @Test func `a line has every field that is known, and none that is not`() throws {
        var record = ExchangeRecord(receivedAt: time.now(), received: 1_000_000)
        record.requestID = "req_1"
        record.method = "POST"
        record.path = "/v1/\"quoted\"\u{1}/\\"
        record.accountID = AccountID(7)
        record.keyID = UUIDv7(time: time.now())
        record.operation = .chatCompletions
        record.model = "größe"
        record.status = 200
        record.ending = .cut
        record.phases.admitted = 2_000_000
        record.phases.upstreamAnswered = 3_000_000
        record.phases.answered = 4_000_000
        record.phases.ended = 5_500_000
        record.bytesIn = 10
        record.bytesOut = 20
        record.usage = Usage(input: 1, output: 2, cacheRead: 3, cacheWrite5m: 4, cacheWrite1h: 5)
        record.usage?[.webSearch] = 6
        record.terms = ServiceTerms(tier: .priority, isResident: true)
        record.flags = [.clamped]
        record.usageSource = .reported
        record.cost = NanoUSD(nanos: 99)
        record.attempts = 2
        record.failedAttempts = [FailedAttempt(reason: .status(429), durationMilliseconds: 1)]
        let bytes = AccessLogLine.bytes(of: record)
        #expect(bytes.last == UInt8(ascii: "\n") && bytes.count(where: { $0 < 0x20 }) == 1)
        let line = try #require(JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
        #expect(line["path"] as? String == record.path && line["model"] as? String == "größe")
        #expect(
            line["operation"] as? String == "/chat/completions" && line["protocol"] as? String == "openai"
                && line["ending"] as? String == "cut")
        #expect(
            line["web_search"] as? Int == 6 && line["input_audio"] == nil
                && line["service_tier"] as? String == "priority"
                && line["residency"] as? String == "resident" && line["speed"] == nil
                && line["flags"] as? [String] == ["clamped"])
        #expect(line["account"] as? Int == 7 && line["key_id"] as? String == record.keyID?.description)
        #expect(line["admitted_us"] as? Int == 1000 && line["upstream_us"] as? Int == 2000)
        #expect(line["answered_us"] as? Int == 3000 && line["duration_us"] as? Int == 4500)
        #expect(line["cache_write_tokens"] as? Int == 9 && line["cost_nano_usd"] as? Int == 99)
        #expect(line["failed_attempts"] as? [String] == ["status 429"] && line["code"] == nil)
        let bare = AccessLogLine.bytes(of: self.record("req_2"))
        let object = try #require(JSONSerialization.jsonObject(with: Data(bare)) as? [String: Any])
        #expect(
            Set(object.keys)
                == [
                    "time", "request_id", "status", "ending", "bytes_in", "bytes_out", "duration_us", "attempts",
                ])
    }

    @Test func `lines are appended, and a reopened log goes on in a new file`() async throws {
        let file = folder.appending(path: "access.log")
        let rotated = folder.appending(path: "access.log.1")
        try Data("{}\n".utf8).write(to: file)
        let log = try AccessLog(.file(file.path), time: time, logger: logger)
        log.requestEnded(record("first"))
        await log.flush()
        try FileManager.default.moveItem(at: file, to: rotated)
        log.requestEnded(record("second"))
        log.reopen()
        await log.flush()
        log.requestEnded(record("third"))
        await log.flush()
        #expect(try lines(rotated).compactMap { $0["request_id"] as? String } == ["first", "second"])
        #expect(try lines(file).compactMap { $0["request_id"] as? String } == ["third"])
        #expect(logged.all.isEmpty)
    }

    @Test func `a file that cannot be opened is an error at the start, and keeps the old one later`() async throws {
        #expect(throws: (any Error).self) {
            try AccessLog(.file(folder.path), time: time, logger: logger)
        }
        let file = folder.appending(path: "access.log")
        let log = try AccessLog(.file(file.path), time: time, logger: logger)
        let moved = folder.appending(path: "old.log")
        try FileManager.default.moveItem(at: file, to: moved)
        try FileManager.default.createDirectory(at: file, withIntermediateDirectories: true)
        log.reopen()
        log.requestEnded(record("kept"))
        await log.flush()
        #expect(try lines(moved).count == 1 && logged.all.count == 1)
    }

    @Test func `lines that cannot be written are counted, and that is logged once a minute`() async throws {
        let log = try AccessLog(.file("/dev/full"), time: time, logger: logger)
        for round in 0..<5 {
            log.queue.sync { for index in 0..<3 { log.requestEnded(record("\(round) \(index)")) } }
            await log.flush()
        }
        #expect(logged.all == ["access log lost lines: 3"])
        time.advance(milliseconds: 61_000)
        log.requestEnded(record("late"))
        await log.flush()
        #expect(logged.all == ["access log lost lines: 3", "access log lost lines: 13"])
    }

    @Test func `requests never wait: what does not fit is dropped and counted`() async throws {
        let file = folder.appending(path: "access.log")
        let log = try AccessLog(.file(file.path), time: time, logger: logger)
        let extra = 10
        log.queue.sync { for index in 0..<AccessLog.capacity + extra { log.requestEnded(record("\(index)")) } }
        await log.finish()
        #expect(try lines(file).count == AccessLog.capacity)
        #expect(logged.all == ["access log lost lines: \(extra)"])
    }

    @Test(arguments: [
        ("/v1/models", "/v1/models"), ("/sk-tgc-abcdefghijklmnop/x", "/***/x"),
        ("/x/key=SK-ABCDEFGHIJKLMNOPQ", "/x/***"), ("/task-list", "/task-list"),
        ("/redeem/AB12-CD34-EF56-GH78", "/redeem/***"), ("/a-b/c-d-e-f", "/a-b/c-d-e-f"),
        ("/sub-keys/0199-aaaa-bbbb-cccc-dddd", "/sub-keys/0199-aaaa-bbbb-cccc-dddd"),
        ("/" + String(repeating: "x", count: 600), "/" + String(repeating: "x", count: 511) + "..."),
    ])
    func `paths show no secrets that somebody put there`(path: String, shown: String) {
        #expect(LoggedPath.redact(path) == shown)
    }
}

/// Lines of a logger, kept.
final class LoggedLines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    struct Handler: LogHandler {
        let lines: LoggedLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.info

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let count = event.metadata?["lines"].map { ": \($0)" } ?? ""
            lines.lines.withLock { $0.append("\(event.message)\(count)") }
        }
    }
}
