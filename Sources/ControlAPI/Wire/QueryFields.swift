import Accounts
import Foundation
import HummingbirdCore
import Ledger
import Timekeeping

/// Reads query parameters strictly: each has a name and a type, and unknown parameters are errors.
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

    /// Returns a day in UTC, written as `2026-11-21`, or nil if the parameter is missing.
    mutating func day(_ name: String) throws(ControlError) -> Day? {
        guard let text = unread.removeValue(forKey: name) else { return nil }
        guard let moment = Self.start(ofDay: text) else { throw .invalid(name, "a day like 2026-11-21") }
        return moment.day
    }

    /// Returns a time, which may be written as a day, or nil if the parameter is missing.
    mutating func moment(_ name: String) throws(ControlError) -> Timestamp? {
        guard let text = unread.removeValue(forKey: name) else { return nil }
        // An unencoded `+` arrives as a space.
        let moment = Timestamp(rfc3339: text.replacing(" ", with: "+")) ?? Self.start(ofDay: text)
        guard let moment else { throw .invalid(name, "a moment like 2026-12-01T00:00:00Z, or a day like 2026-12-01") }
        return moment
    }

    private static func start(ofDay text: String) -> Timestamp? {
        text.utf8.count == 10 ? Timestamp(rfc3339: text + "T00:00:00Z") : nil
    }

    mutating func flag(_ name: String) throws(ControlError) -> Bool? {
        switch unread.removeValue(forKey: name) {
        case nil: return nil
        case "true": return true
        case "false": return false
        default: throw .invalid(name, "true or false")
        }
    }

    /// Returns a pagination cursor, or nil if the parameter is missing.
    mutating func cursor(_ name: String) throws(ControlError) -> Int64? {
        guard let text = unread.removeValue(forKey: name) else { return nil }
        guard let cursor = Int64(text, radix: 36), cursor > 0 else {
            throw .invalid(name, "what 'next_cursor' of an earlier answer said")
        }
        return cursor
    }

    /// Returns a request identifier as answers contain it, or nil if the parameter is missing.
    mutating func requestID(_ name: String) throws(ControlError) -> UUIDv7? {
        guard let text = unread.removeValue(forKey: name) else { return nil }
        guard let id = UUIDv7(requestText: text) else { throw .invalid(name, "req_ and 32 hexadecimal digits") }
        return id
    }

    func finish() throws(ControlError) {
        if let unknown = unread.keys.min() {
            throw ControlError(.unknownField, "Unknown parameter '\(unknown)'", field: unknown)
        }
    }
}
