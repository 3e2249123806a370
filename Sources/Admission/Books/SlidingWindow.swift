import DequeModule

/// What happened in the last so many seconds, to the nanosecond.
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

    /// Forgets what lies outside the window.
    public mutating func expire(now: Int64) {
        while let first = events.first, now - first >= nanoseconds { events.removeFirst() }
    }

    /// Events in the window.
    public var count: Int { events.count }

    /// Returns how long to wait until another event fits, or nil if one fits now.
    ///
    /// - Precondition: ``expire(now:)`` was called for the same moment.
    public func nanosecondsUntilRoom(limit: Int, now: Int64) -> Int64? {
        guard events.count >= limit else { return nil }
        return events[events.count - limit] + nanoseconds - now
    }

    /// Returns how long it takes until the window is empty.
    func nanosecondsUntilEmpty(now: Int64) -> Int64 {
        guard let last = events.last else { return 0 }
        return last + nanoseconds - now
    }

    /// Counts an event.
    public mutating func record(now: Int64) {
        events.append(now)
    }
}

/// Tokens of the last 60 seconds, and those that requests in flight may still use.
///
/// A request reserves all that it can use when it is admitted, and what it has used counts for 60 seconds from its end:
/// at no moment do more than `limit` tokens lie in any 60 seconds.
struct TokenWindow {
    private var used = Deque<(at: Int64, tokens: Int64)>()
    private var usedSum: Int64 = 0
    private(set) var reserved: Int64 = 0

    /// Forgets what lies outside the window.
    mutating func expire(now: Int64) {
        while let first = used.first, now - first.at >= SlidingWindow.minute {
            usedSum -= first.tokens
            used.removeFirst()
        }
    }

    /// Tokens used in the window or reserved.
    var count: Int64 { usedSum + reserved }

    /// Returns how long to wait until so many tokens fit beside those that are used; nil if only the end of a request
    /// in flight helps.
    func nanosecondsUntilRoom(for tokens: Int64, limit: Int64, now: Int64) -> Int64? {
        var sum = usedSum
        for entry in used {
            sum -= entry.tokens
            if sum + reserved + tokens <= limit { return entry.at + SlidingWindow.minute - now }
        }
        return nil
    }

    mutating func reserve(_ tokens: Int64) { reserved += tokens }

    /// A request ended that had reserved some tokens and used others.
    mutating func end(reserved tokens: Int64, used count: Int64, now: Int64) {
        reserved -= tokens
        guard count > 0 else { return }
        used.append((now, count))
        usedSum += count
    }
}
