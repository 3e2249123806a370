import DequeModule

/// The events of a time window that ends now, to the nanosecond.
///
/// Exact, not a token bucket: at no moment do more than `limit` events lie in any window of its length.
public struct SlidingWindow: Sendable {
    /// Its length.
    public let nanoseconds: Int64
    private var events = Deque<Int64>()

    /// The length of the windows of limits per minute.
    static let minute: Int64 = 60_000_000_000

    /// Creates an empty window of a length in nanoseconds.
    public init(nanoseconds: Int64 = 60_000_000_000) {
        self.nanoseconds = nanoseconds
    }

    /// Removes the events outside the window.
    public mutating func expire(now: Int64) {
        while let first = events.first, now - first >= nanoseconds { events.removeFirst() }
    }

    /// Events in the window.
    public var count: Int { events.count }

    /// Returns the time until another event fits, or nil if one fits now.
    ///
    /// - Precondition: ``expire(now:)`` was called for the same moment.
    public func nanosecondsUntilRoom(limit: Int, now: Int64) -> Int64? {
        guard events.count >= limit else { return nil }
        return events[events.count - limit] + nanoseconds - now
    }

    /// Returns the time until the window is empty.
    func nanosecondsUntilEmpty(now: Int64) -> Int64 {
        guard let last = events.last else { return 0 }
        return last + nanoseconds - now
    }

    /// Counts an event.
    public mutating func record(now: Int64) {
        events.append(now)
    }
}

/// Tokens used in the last 60 seconds, and tokens reserved by requests in flight.
///
/// A request reserves its token bound when it is admitted, and the tokens that it used count for 60 seconds from its end:
/// at no moment do more than `limit` tokens lie in any 60 seconds.
struct TokenWindow {
    private var used = Deque<(at: Int64, tokens: Int64)>()
    private var usedSum: Int64 = 0
    private(set) var reserved: Int64 = 0

    /// Removes the events outside the window.
    mutating func expire(now: Int64) {
        while let first = used.first, now - first.at >= SlidingWindow.minute {
            usedSum -= first.tokens
            used.removeFirst()
        }
    }

    /// Tokens used in the window or reserved.
    var count: Int64 { usedSum + reserved }

    /// Returns the time until `tokens` fit because used tokens leave the window; nil if only the end of a request in flight
    /// makes room.
    func nanosecondsUntilRoom(for tokens: Int64, limit: Int64, now: Int64) -> Int64? {
        var sum = usedSum
        for entry in used {
            sum -= entry.tokens
            if sum + reserved + tokens <= limit { return entry.at + SlidingWindow.minute - now }
        }
        return nil
    }

    mutating func reserve(_ tokens: Int64) { reserved += tokens }

    /// Replaces the reservation of a request that has ended by the tokens that it used.
    mutating func end(reserved tokens: Int64, used count: Int64, now: Int64) {
        reserved -= tokens
        guard count > 0 else { return }
        used.append((now, count))
        usedSum += count
    }
}
