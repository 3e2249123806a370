import Accounts
import Foundation
import GRDB
import Ledger
import Metering
import Money
import Timekeeping

extension UUIDv7 {
    /// The 16 bytes that the database stores.
    var data: Data {
        withUnsafeBytes(of: (high.bigEndian, low.bigEndian)) { Data($0) }
    }

    init(data: Data, column: String) throws {
        guard data.count == 16 else { throw UnreadableColumn(name: column) }
        var halves: (UInt64, UInt64) = (0, 0)
        for byte in data.prefix(8) { halves.0 = halves.0 << 8 | UInt64(byte) }
        for byte in data.suffix(8) { halves.1 = halves.1 << 8 | UInt64(byte) }
        self.init(high: halves.0, low: halves.1)
    }
}

extension KeyDigest {
    var data: Data { Data(bytes) }
}

extension [UInt8] {
    var data: Data { Data(self) }
}

extension Row {
    func nanoUSD(_ column: String) -> NanoUSD { NanoUSD(nanos: self[column]) }

    func time(_ column: String) -> Timestamp { Timestamp(milliseconds: self[column]) }

    func publicID(_ column: String = "public_id") throws -> UUIDv7 { try UUIDv7(data: self[column], column: column) }

    func value<Value: RawRepresentable>(_ column: String, as: Value.Type) throws -> Value where Value.RawValue == Int {
        guard let value = Value(rawValue: self[column]) else { throw UnreadableColumn(name: column) }
        return value
    }

    func markup() throws -> Markup {
        guard let markup = Markup(millionths: self["markup_millionths"]) else {
            throw UnreadableColumn(name: "markup_millionths")
        }
        return markup
    }

    func multiplier() throws -> DisplayMultiplier {
        guard
            let multiplier = DisplayMultiplier(
                numerator: self["multiplier_numerator"], denominator: self["multiplier_denominator"])
        else { throw UnreadableColumn(name: "multiplier_numerator") }
        return multiplier
    }
}
