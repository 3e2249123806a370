import Foundation
import HummingbirdCore
import Ledger
import Timekeeping

/// The parameters of a query, read as strictly as a body.
struct QueryFields {
    private var unread: [String: String]

    init(_ uri: URI) {
        unread = [:]
        for (name, value) in uri.queryParameters { unread[String(name)] = String(value) }
    }

    mutating func text(_ name: String) -> String? { unread.removeValue(forKey: name) }

    mutating func integer(_ name: String, in range: ClosedRange<Int>) throws(ControlError) -> Int? {
        guard let text = unread.removeValue(forKey: name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw .invalid(name, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// Returns a day in UTC, written as `2026-11-21`, or nil if the parameter is not there.
    mutating func day(_ name: String) throws(ControlError) -> Day? {
        guard let text = unread.removeValue(forKey: name) else { return nil }
        guard text.utf8.count == 10, let date = try? Date(text, strategy: .iso8601.year().month().day()) else {
            throw .invalid(name, "a day like 2026-11-21")
        }
        return Timestamp(date).day
    }

    /// Returns a moment, or nil if the parameter is not there.
    mutating func moment(_ name: String) throws(ControlError) -> Timestamp? {
        guard let text = unread.removeValue(forKey: name) else { return nil }
        guard let date = try? Date(text, strategy: .iso8601) else {
            throw .invalid(name, "a moment like 2026-12-01T00:00:00Z")
        }
        return Timestamp(date)
    }

    mutating func flag(_ name: String) throws(ControlError) -> Bool? {
        switch unread.removeValue(forKey: name) {
        case nil: return nil
        case "true": return true
        case "false": return false
        default: throw .invalid(name, "true or false")
        }
    }

    /// `page` (1) and `limit` (20, at most 100).
    mutating func page() throws(ControlError) -> Page {
        Page(number: try integer("page", in: 1...1_000_000_000) ?? 1, size: try integer("limit", in: 1...100) ?? 20)
    }

    func finish() throws(ControlError) {
        if let unknown = unread.keys.min() { throw .badRequest("Unknown parameter '\(unknown)'") }
    }
}

extension Timestamp {
    fileprivate init(_ date: Date) { self.init(milliseconds: Int64(date.timeIntervalSince1970 * 1000)) }
}
