#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Where time comes from: passed in, so that tests and simulations can turn the clock by hand.
public protocol TimeSource: Sendable {
    /// Returns the time of the day, for what is written down.
    func now() -> Timestamp
    /// Returns nanoseconds of a clock that never jumps, for limits and durations.
    func monotonicNanoseconds() -> Int64
}

/// The time of this machine.
public struct SystemTime: TimeSource {
    /// Creates the time of this machine.
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
