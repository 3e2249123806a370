#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// A source of time, passed in so that tests and simulations can control the clock.
public protocol TimeSource: Sendable {
    /// Returns the wall-clock time, for records.
    func now() -> Timestamp
    /// Returns the nanoseconds of a monotonic clock, for rate limits, deadlines and durations.
    func monotonicNanoseconds() -> Int64
}

/// The operating system's clocks.
public struct SystemTime: TimeSource {
    /// Creates a time source.
    public init() {}

    public func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    public func monotonicNanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
