/// Limits counts that are not believed.
struct CountLimit {
    /// More calls of one hosted tool than an answer can hold.
    static let calls: Int64 = 1000
    /// More audio than a request can hold: a day, in milliseconds.
    static let milliseconds: Int64 = 86_400_000

    private let limit: Int64
    /// Whether a count lay outside of 0...limit.
    private(set) var wasExceeded = false

    init(_ limit: Int64) { self.limit = limit }

    /// Returns a count within 0...limit; zero for one that was not reported.
    ///
    /// - Parameter maximum: A limit other than that of tokens.
    mutating func apply(_ count: Int64?, maximum: Int64? = nil) -> Int64 {
        guard let count else { return 0 }
        let inside = min(max(count, 0), maximum ?? limit)
        if inside != count { wasExceeded = true }
        return inside
    }

    /// Returns a part of a whole, within 0...whole.
    mutating func part(_ count: Int64, of whole: Int64) -> Int64 { apply(count, maximum: whole) }
}
