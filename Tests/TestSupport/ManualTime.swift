import Synchronization
import Timekeeping

/// A clock that moves only when a test advances it.
public final class ManualTime: TimeSource {
    private let state: Mutex<(milliseconds: Int64, nanoseconds: Int64)>

    /// Creates a clock that shows `start`.
    public init(start: Timestamp) {
        state = Mutex((start.milliseconds, 0))
    }

    /// Advances both the wall clock and the monotonic clock.
    public func advance(milliseconds: Int64) {
        state.withLock {
            $0.milliseconds += milliseconds
            $0.nanoseconds += milliseconds * 1_000_000
        }
    }

    public func now() -> Timestamp { Timestamp(milliseconds: state.withLock { $0.milliseconds }) }

    public func monotonicNanoseconds() -> Int64 { state.withLock { $0.nanoseconds } }
}
