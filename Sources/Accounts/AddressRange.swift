/// A CIDR range of IP addresses, such as `203.0.113.0/24` or `2001:db8::/32`, or a single address.
public struct AddressRange: Hashable, Sendable {
    private let network: IPAddress
    /// Length of the prefix in bits of the 128-bit form of addresses.
    private let prefixLength: Int

    /// Creates a range from CIDR notation; nil if the text is malformed or has bits set after the prefix.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let network = parts.first.flatMap({ IPAddress($0) }) else { return nil }
        let length = network.isVersion4 && !parts[0].contains(":") ? 32 : 128
        var prefix = length
        if parts.count == 2 {
            guard let given = Int(parts[1]), (0...length).contains(given), parts[1].utf8.first != 0x2B else {
                return nil
            }
            prefix = given
        }
        self.network = network
        prefixLength = prefix + 128 - length
        guard network.number & ~Self.mask(prefixLength) == 0 else { return nil }
    }

    /// Returns whether the range contains an address.
    public func contains(_ address: IPAddress) -> Bool { address.number & Self.mask(prefixLength) == network.number }

    private static func mask(_ bits: Int) -> UInt128 { bits == 0 ? 0 : .max << UInt128(128 - bits) }
}

extension AddressRange: CustomStringConvertible {
    public var description: String {
        guard prefixLength < 128 else { return network.description }
        return "\(network)/\(network.isVersion4 && prefixLength >= 96 ? prefixLength - 96 : prefixLength)"
    }
}
