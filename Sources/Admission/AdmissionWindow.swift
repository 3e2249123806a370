import DequeModule

/// The admissions of one key in the last 60 seconds, to the nanosecond.
///
/// Exact, not a token bucket: at no moment do more than `limit` admissions lie in any 60 seconds.
struct AdmissionWindow {
    /// The length of the window.
    static let nanoseconds: Int64 = 60_000_000_000

    private var admissions = Deque<Int64>()

    /// Forgets what lies outside the window.
    mutating func expire(now: Int64) {
        while let first = admissions.first, now - first >= Self.nanoseconds { admissions.removeFirst() }
    }

    /// Admissions in the window.
    var count: Int { admissions.count }

    /// Returns how long to wait until another admission fits, or nil if one fits now.
    ///
    /// - Precondition: ``expire(now:)`` was called for the same moment.
    func nanosecondsUntilRoom(limit: Int, now: Int64) -> Int64? {
        guard admissions.count >= limit else { return nil }
        return admissions[admissions.count - limit] + Self.nanoseconds - now
    }

    /// Returns how long it takes until the window is empty.
    func nanosecondsUntilEmpty(now: Int64) -> Int64 {
        guard let last = admissions.last else { return 0 }
        return last + Self.nanoseconds - now
    }

    /// Counts an admission.
    mutating func record(now: Int64) {
        admissions.append(now)
    }
}
