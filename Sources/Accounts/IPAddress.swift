#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// An IPv4 or IPv6 address.
public struct IPAddress: Hashable, Sendable {
    /// The address as a 128-bit number. IPv4 addresses are IPv4-mapped (`::ffff:a.b.c.d`), so that both versions compare.
    let number: UInt128
    /// Whether this is an IPv4 address.
    var isVersion4: Bool { number >> 32 == 0xFFFF }

    /// Creates an address from its text form, such as `203.0.113.7` or `2001:db8::1`; nil if malformed.
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
