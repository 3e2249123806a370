import Timekeeping

/// A time-ordered UUID (RFC 9562, version 7): the public identifier of accounts, keys, deposits, vouchers and requests.
///
/// Random identifiers (version 4) would double the cost of an index at ten million rows.
public struct UUIDv7: Hashable, Comparable, Sendable {
    /// The first eight bytes, big endian: 48 bits of milliseconds, the version, 12 random bits.
    public let high: UInt64
    /// The last eight bytes, big endian: the variant and 62 random bits.
    public let low: UInt64

    /// Creates an identifier with the timestamp `time` and 74 bits from a generator.
    public init(time: Timestamp, using generator: inout some RandomNumberGenerator) {
        let random = generator.next()
        high = UInt64(bitPattern: time.milliseconds) << 16 | 0x7000 | (random & 0x0FFF)
        low = generator.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
    }

    /// Creates an identifier with the timestamp `time` and 74 bits from the system's generator.
    public init(time: Timestamp) {
        var generator = SystemRandomNumberGenerator()
        self.init(time: time, using: &generator)
    }

    /// Creates an identifier from its two halves.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Creates an identifier from its text form of 36 characters; nil if malformed.
    public init?(_ text: some StringProtocol) {
        guard text.utf8.count == 36 else { return nil }
        var halves: (UInt64, UInt64) = (0, 0)
        var digits = 0
        for (index, byte) in text.utf8.enumerated() {
            if index == 8 || index == 13 || index == 18 || index == 23 {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            guard let digit = Character(UnicodeScalar(byte)).hexDigitValue else { return nil }
            if digits < 16 {
                halves.0 = halves.0 << 4 | UInt64(digit)
            } else {
                halves.1 = halves.1 << 4 | UInt64(digit)
            }
            digits += 1
        }
        self.init(high: halves.0, low: halves.1)
    }

    /// Creates an identifier from the text form of request identifiers, `req_` and 32 hex digits; nil if malformed.
    public init?(requestText text: some StringProtocol) {
        guard text.utf8.count == 36, text.hasPrefix("req_"), text.dropFirst(4).allSatisfy(\.isHexDigit),
            let high = UInt64(text.dropFirst(4).prefix(16), radix: 16), let low = UInt64(text.suffix(16), radix: 16)
        else { return nil }
        self.init(high: high, low: low)
    }

    public static func < (lhs: UUIDv7, rhs: UUIDv7) -> Bool { (lhs.high, lhs.low) < (rhs.high, rhs.low) }
}

extension UUIDv7: CustomStringConvertible {
    /// The standard text form: `0193a1b2-c3d4-7e5f-8a6b-1c2d3e4f5a6b`.
    public var description: String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            var position = 0
            for index in 0..<32 {
                if index == 8 || index == 12 || index == 16 || index == 20 {
                    buffer[position] = UInt8(ascii: "-")
                    position += 1
                }
                buffer[position] = Self.hexDigit(self, index)
                position += 1
            }
            return position
        }
    }

    /// The text form of request identifiers: `req_` and 32 hexadecimal digits.
    public var requestText: String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            for (index, byte) in "req_".utf8.enumerated() { buffer[index] = byte }
            for index in 0..<32 { buffer[index + 4] = Self.hexDigit(self, index) }
            return 36
        }
    }

    private static func hexDigit(_ id: UUIDv7, _ index: Int) -> UInt8 {
        let half = index < 16 ? id.high : id.low
        let digit = UInt8(truncatingIfNeeded: half >> UInt64((15 - index % 16) * 4)) & 0xF
        return digit < 10 ? 0x30 + digit : 0x61 + digit - 10
    }
}
