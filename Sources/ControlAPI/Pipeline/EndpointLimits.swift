import Admission
import Synchronization

/// How often one credential may call one route.
public struct EndpointLimit: Hashable, Sendable {
    /// Calls in any 10 seconds.
    public var burst: Int
    /// Calls in any 60 seconds.
    public var perMinute: Int

    /// Creates a limit.
    public init(burst: Int, perMinute: Int) {
        self.burst = burst
        self.perMinute = perMinute
    }
}

/// The limits of the account dialect's routes, and of what could be guessed. Those that are read together share none: each route
/// counts alone.
public struct AccountLimits: Hashable, Sendable {
    /// Reading the balance and credits.
    public var balance = EndpointLimit(burst: 10, perMinute: 120)
    /// Reading activity.
    public var activity = EndpointLimit(burst: 5, perMinute: 60)
    /// Reading analytics.
    public var analytics = EndpointLimit(burst: 2, perMinute: 25)
    /// Reading keys.
    public var readKeys = EndpointLimit(burst: 5, perMinute: 60)
    /// Making keys.
    public var createKeys = EndpointLimit(burst: 2, perMinute: 12)
    /// Changing, rotating and deleting keys.
    public var changeKeys = EndpointLimit(burst: 2, perMinute: 15)
    /// Trying codes of vouchers: with 80 bits to guess, nobody gets anywhere at this pace.
    public var redeem = EndpointLimit(burst: 5, perMinute: 10)

    /// Creates the limits that the dialect documents, and our own.
    public init() {}
}

/// Counts the calls of each credential to each route.
final class EndpointLimits: Sendable {
    private struct Place: Hashable {
        var route: String
        var caller: String
    }

    private struct Windows {
        var burst = SlidingWindow(nanoseconds: 10_000_000_000)
        var minute = SlidingWindow()

        mutating func expire(_ now: Int64) {
            burst.expire(now: now)
            minute.expire(now: now)
        }
    }

    /// Callers that are remembered before those are forgotten who have not called for a minute.
    private static let remembered = 1000

    private let places = Mutex<[Place: Windows]>([:])

    /// Counts a call, or returns how many seconds to wait until it may be made.
    func count(_ route: String, of caller: String, within limit: EndpointLimit, now: Int64) -> Int64? {
        places.withLock { places in
            if places.count >= Self.remembered {
                for (place, windows) in places {
                    var windows = windows
                    windows.expire(now)
                    if windows.minute.count == 0 { places[place] = nil }
                }
            }
            var windows = places[Place(route: route, caller: caller)] ?? Windows()
            windows.expire(now)
            let waits = [
                windows.burst.nanosecondsUntilRoom(limit: limit.burst, now: now),
                windows.minute.nanosecondsUntilRoom(limit: limit.perMinute, now: now),
            ].compactMap(\.self)
            if let wait = waits.max() { return max(1, (wait + 999_999_999) / 1_000_000_000) }
            windows.burst.record(now: now)
            windows.minute.record(now: now)
            places[Place(route: route, caller: caller)] = windows
            return nil
        }
    }
}
