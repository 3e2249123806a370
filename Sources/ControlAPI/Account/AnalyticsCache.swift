import Accounts
import Synchronization

/// A cache of analytics answers.
final class AnalyticsCache: Sendable {
    /// The cache key.
    struct Place: Hashable {
        var account: AccountID
        var period: String
        var model: String?
    }

    /// Lifetime of an answer, in nanoseconds: five minutes, as the documentation of the dialect states.
    private static let lifetime: Int64 = 300_000_000_000
    /// Maximum number of answers; bounded because callers choose the model names.
    private static let capacity = 1000

    private let answers = Mutex<[Place: (bytes: [UInt8], expires: Int64)]>([:])

    func answer(_ place: Place, now: Int64) -> [UInt8]? {
        answers.withLock { answers in
            guard let kept = answers[place], kept.expires > now else { return nil }
            return kept.bytes
        }
    }

    func keep(_ bytes: [UInt8], at place: Place, now: Int64) {
        answers.withLock { answers in
            if answers.count >= Self.capacity {
                answers = answers.filter { $0.value.expires > now }
                if answers.count >= Self.capacity, let first = answers.min(by: { $0.value.expires < $1.value.expires })
                {
                    answers[first.key] = nil
                }
            }
            answers[place] = (bytes, now + Self.lifetime)
        }
    }
}
