/// A range of addresses in CIDR notation: `203.0.113.0/24`, `2001:db8::/32`, or a single address.
public struct AddressRange: Hashable, Sendable {
    private let first: IPAddress
    /// How many leading bits of the 128 must agree.
    private let bits: Int

    /// Creates a range from its text; nil for anything else, also if bits behind the prefix are set.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first.flatMap({ IPAddress($0) }) else { return nil }
        let length = first.isVersion4 && !parts[0].contains(":") ? 32 : 128
        var prefix = length
        if parts.count == 2 {
            guard let given = Int(parts[1]), (0...length).contains(given), parts[1].utf8.first != 0x2B else {
                return nil
            }
            prefix = given
        }
        self.first = first
        bits = prefix + 128 - length
        guard first.number & ~Self.mask(bits) == 0 else { return nil }
    }

    /// Whether an address lies in the range.
    public func contains(_ address: IPAddress) -> Bool { address.number & Self.mask(bits) == first.number }

    private static func mask(_ bits: Int) -> UInt128 { bits == 0 ? 0 : .max << UInt128(128 - bits) }
}

extension AddressRange: CustomStringConvertible {
    public var description: String {
        guard bits < 128 else { return first.description }
        return "\(first)/\(first.isVersion4 && bits >= 96 ? bits - 96 : bits)"
    }
}
