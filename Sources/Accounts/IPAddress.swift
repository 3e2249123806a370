#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// An address of the internet protocol, version 4 or 6.
public struct IPAddress: Hashable, Sendable {
    /// The address as a number; one of version 4 as version 6 maps it (`::ffff:a.b.c.d`), so that both compare.
    let number: UInt128
    /// Whether it is of version 4.
    var isVersion4: Bool { number >> 32 == 0xFFFF }

    /// Creates an address from its text, such as `203.0.113.7` or `2001:db8::1`; nil for anything else.
    public init?(_ text: some StringProtocol) {
        var version4 = in_addr()
        if inet_pton(AF_INET, String(text), &version4) == 1 {
            number = 0xFFFF << 32 | UInt128(UInt32(bigEndian: version4.s_addr))
            return
        }
        var version6 = in6_addr()
        guard inet_pton(AF_INET6, String(text), &version6) == 1 else { return nil }
        number = withUnsafeBytes(of: version6) { $0.reduce(0) { $0 << 8 | UInt128($1) } }
    }
}

extension IPAddress: CustomStringConvertible {
    public var description: String {
        var text = [CChar](repeating: 0, count: 64)
        if isVersion4 {
            var address = in_addr(s_addr: UInt32(truncatingIfNeeded: number).bigEndian)
            inet_ntop(AF_INET, &address, &text, socklen_t(text.count))
        } else {
            var bytes = number.bigEndian
            inet_ntop(AF_INET6, &bytes, &text, socklen_t(text.count))
        }
        return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

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

/// Where requests come from, behind proxies that say so.
public struct TrustedProxies: Hashable, Sendable {
    private let ranges: [AddressRange]

    /// Trusts proxies at some addresses; `X-Forwarded-For` of nobody else is believed.
    public init(_ ranges: [AddressRange] = []) { self.ranges = ranges }

    /// Returns the address that a request comes from: its connection's, or, where that is a trusted proxy's, the last one
    /// that is not in what the proxies have written down.
    ///
    /// - Parameter forwardedFor: All `X-Forwarded-For` fields, in their order.
    /// - Returns: nil where the address is not known, be it that a trusted proxy wrote down something else.
    public func client(of peer: IPAddress?, forwardedFor: [String]) -> IPAddress? {
        guard var address = peer else { return nil }
        let hops = forwardedFor.flatMap { $0.split(separator: ",") }
        for hop in hops.reversed() {
            guard isTrusted(address) else { return address }
            guard let earlier = Self.address(hop) else { return nil }
            address = earlier
        }
        return address
    }

    private func isTrusted(_ address: IPAddress) -> Bool { ranges.contains { $0.contains(address) } }

    /// Reads an address as proxies write it: alone, with a port, in brackets.
    private static func address(_ hop: Substring) -> IPAddress? {
        let text = hop.drop { $0 == " " || $0 == "\t" }.reversed().drop { $0 == " " || $0 == "\t" }.reversed()
        let trimmed = String(text)
        if let address = IPAddress(trimmed) { return address }
        if trimmed.hasPrefix("["), let end = trimmed.firstIndex(of: "]") {
            return IPAddress(trimmed[trimmed.index(after: trimmed.startIndex)..<end])
        }
        guard let colon = trimmed.lastIndex(of: ":") else { return nil }
        return IPAddress(trimmed[..<colon])
    }
}
