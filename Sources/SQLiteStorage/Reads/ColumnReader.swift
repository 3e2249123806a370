import Accounts
import Ledger
import Money
import Timekeeping

/// Reads the columns of a row one after the other, in the order in which the statement selects them. A debug build checks
/// the name of each.
///
/// An account may have a thousand keys, and looking up each column by its name takes longer than all else about them.
struct ColumnReader {
    private let columns: HotStatement.Columns
    private var position: Int32 = 0

    init(_ columns: HotStatement.Columns) { self.columns = columns }

    mutating func int(_ name: StaticString) -> Int64 { columns.int(next(name)) }

    mutating func flag(_ name: StaticString) -> Bool { int(name) != 0 }

    mutating func text(_ name: StaticString) -> String { columns.text(next(name)) }

    mutating func bytes(_ name: StaticString) -> [UInt8] { columns.bytes(next(name)) }

    mutating func nanoUSD(_ name: StaticString) -> NanoUSD { NanoUSD(nanos: int(name)) }

    mutating func time(_ name: StaticString) -> Timestamp { Timestamp(milliseconds: int(name)) }

    /// - Throws: ``UnreadableColumn`` if the column does not hold 16 bytes.
    mutating func id(_ name: StaticString) throws -> UUIDv7 {
        guard let id = columns.id(next(name)) else { throw UnreadableColumn(name: "\(name)") }
        return id
    }

    /// - Throws: ``UnreadableColumn`` if the column does not hold 32 bytes.
    mutating func digest(_ name: StaticString) throws -> KeyDigest {
        guard let digest = columns.digest(next(name)) else { throw UnreadableColumn(name: "\(name)") }
        return digest
    }

    /// - Throws: ``UnreadableColumn`` if the enum has no such raw value.
    mutating func value<Value: RawRepresentable>(_ name: StaticString, _ type: Value.Type) throws -> Value
    where Value.RawValue == Int {
        guard let value = Value(rawValue: Int(int(name))) else { throw UnreadableColumn(name: "\(name)") }
        return value
    }

    /// Reads `multiplier_numerator` and `multiplier_denominator`.
    mutating func multiplier() throws -> DisplayMultiplier {
        let numerator = int("multiplier_numerator")
        guard let multiplier = DisplayMultiplier(numerator: numerator, denominator: int("multiplier_denominator"))
        else {
            throw UnreadableColumn(name: "multiplier_numerator")
        }
        return multiplier
    }

    /// Reads `markup_millionths`.
    mutating func markup() throws -> Markup {
        guard let markup = Markup(millionths: int("markup_millionths")) else {
            throw UnreadableColumn(name: "markup_millionths")
        }
        return markup
    }

    /// Reads a column that may be null.
    mutating func optional<Value>(_ read: (inout ColumnReader) throws -> Value) rethrows -> Value? {
        guard columns.isNull(position) else { return try read(&self) }
        position += 1
        return nil
    }

    private mutating func next(_ name: StaticString) -> Int32 {
        assert(columns.name(position) == "\(name)", "column \(position) is \(columns.name(position)), not \(name)")
        defer { position += 1 }
        return position
    }
}

/// A column holds a value that the schema does not allow: another program has changed the database.
struct UnreadableColumn: Error {
    var name: String
}
