import Dispatch
import Logging
import Synchronization
import SystemPackage
import Timekeeping

/// Writes a line of JSON for every request, to a file or to standard error.
///
/// Lines are made and written on a queue of their own. At most `capacity` records wait for it: when the file is slow or
/// the disk full, further lines are dropped and counted, and the count is logged once a minute. Requests never wait.
public final class AccessLog: ExchangeObserver {
    /// Where lines go.
    public enum Destination: Hashable, Sendable {
        case standardError
        case file(String)
    }

    private struct State {
        var waiting: [ExchangeRecord] = []
        var isScheduled = false
        var dropped = 0
    }

    /// The state of the queue.
    private struct Output {
        var file: FileDescriptor
        /// Whether the last write ended inside a line.
        var isLineOpen = false
        /// When lost lines were last logged, in nanoseconds of the monotonic clock.
        var lastReport: Int64?
        var lost = 0
        var reason = "more requests than lines could be written"
    }

    /// Records that may wait to be written.
    public static let capacity = 16_384
    private static let reportInterval: Int64 = 60_000_000_000

    private let destination: Destination
    private let state = Mutex(State())
    private let output: Mutex<Output>
    let queue = DispatchQueue(label: "access-log", qos: .utility)
    private let time: any TimeSource
    private let logger: Logger

    /// Opens the log; lines are appended to a file that is there.
    ///
    /// - Throws: `Errno` if the file cannot be opened for writing.
    public init(_ destination: Destination, time: any TimeSource, logger: Logger) throws {
        self.destination = destination
        self.time = time
        self.logger = logger
        output = Mutex(Output(file: try Self.open(destination)))
    }

    deinit {
        guard case .file = destination else { return }
        try? output.withLock { $0.file }.close()
    }

    public func requestEnded(_ record: ExchangeRecord) {
        let mustSchedule = state.withLock { state in
            guard state.waiting.count < Self.capacity else {
                state.dropped += 1
                return false
            }
            state.waiting.append(record)
            defer { state.isScheduled = true }
            return !state.isScheduled
        }
        if mustSchedule { queue.async { self.writeWaiting() } }
    }

    /// Opens the file anew, after it was renamed. If that fails, lines go on to the old one.
    public func reopen() {
        queue.async { [self] in
            writeWaiting()
            do {
                let fresh = try Self.open(destination)
                let old = output.withLock { output in
                    defer {
                        output.file = fresh
                        output.isLineOpen = false
                    }
                    return output.file
                }
                if case .file = destination { try old.close() }
            } catch {
                logger.error("access log cannot be reopened", metadata: ["reason": "\(error)"])
            }
        }
    }

    /// Returns when everything that was observed before is written or lost.
    func flush() async {
        await withCheckedContinuation { continuation in
            queue.async {
                self.writeWaiting()
                continuation.resume()
            }
        }
    }

    /// Writes what is left, and logs how many lines were lost since that was logged last.
    public func finish() async {
        await flush()
        output.withLock { report(&$0, isLast: true) }
    }

    private static func open(_ destination: Destination) throws -> FileDescriptor {
        switch destination {
        case .standardError: .standardError
        case .file(let path):
            try FileDescriptor.open(
                FilePath(path), .writeOnly, options: [.append, .create, .closeOnExec],
                permissions: [.ownerReadWrite, .groupRead])
        }
    }

    // MARK: On the queue

    /// Lines that are written by one call of the system.
    private static let batch = 256

    private func writeWaiting() {
        let (records, dropped) = state.withLock { state in
            defer {
                state.waiting = []
                state.dropped = 0
                state.isScheduled = false
            }
            return (state.waiting, state.dropped)
        }
        output.withLock { output in
            output.lost += dropped
            var index = 0
            while index < records.count {
                let end = min(index + Self.batch, records.count)
                write(records[index..<end], to: &output)
                index = end
            }
            report(&output)
        }
    }

    private func write(_ records: ArraySlice<ExchangeRecord>, to output: inout Output) {
        var bytes: [UInt8] = output.isLineOpen ? [UInt8(ascii: "\n")] : []
        for record in records { bytes.append(contentsOf: AccessLogLine.bytes(of: record)) }
        var written = 0
        do {
            while written < bytes.count {
                written += try bytes[written...].withUnsafeBytes { try output.file.write($0) }
            }
            output.isLineOpen = false
        } catch {
            output.reason = "\(error)"
            // A line that was cut off is lost as well.
            output.lost += bytes[written...].count { $0 == UInt8(ascii: "\n") }
            if written > 0 { output.isLineOpen = bytes[written - 1] != UInt8(ascii: "\n") }
        }
    }

    private func report(_ output: inout Output, isLast: Bool = false) {
        guard output.lost > 0 else { return }
        let now = time.monotonicNanoseconds()
        guard isLast || output.lastReport.map({ now - $0 >= Self.reportInterval }) ?? true else { return }
        logger.warning(
            "access log lost lines", metadata: ["lines": "\(output.lost)", "reason": "\(output.reason)"])
        output.lastReport = now
        output.lost = 0
    }
}
