import Admission
import Synchronization

/// The rate limit of one credential on one route.
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

/// The rate limits of the account dialect's routes, and of voucher codes, which could be guessed. Each route counts
/// separately.
public struct AccountLimits: Hashable, Sendable {
    /// Reads of the balance and of credits.
    public var balance = EndpointLimit(burst: 10, perMinute: 120)
    /// Reads of the activity.
    public var activity = EndpointLimit(burst: 5, perMinute: 60)
    /// Reads of analytics.
    public var analytics = EndpointLimit(burst: 2, perMinute: 25)
    /// Reads of keys.
    public var readKeys = EndpointLimit(burst: 5, perMinute: 60)
    /// Creation of keys.
    public var createKeys = EndpointLimit(burst: 2, perMinute: 12)
    /// Changes, rotation and deletion of keys.
    public var changeKeys = EndpointLimit(burst: 2, perMinute: 15)
    /// Attempts to redeem a voucher code: 80 bits cannot be guessed at this rate.
    public var redeem = EndpointLimit(burst: 5, perMinute: 10)

    /// Creates the limits that the documentation of the dialect states, and the limit of redemptions.
    public init() {}
}

/// Counts the calls of each credential on each route.
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

    /// Number of counters beyond which counters without a call in the last minute are removed.
    private static let remembered = 1000

    private let places = Mutex<[Place: Windows]>([:])

    /// Counts a call and returns nil, or returns the seconds until it is allowed.
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
