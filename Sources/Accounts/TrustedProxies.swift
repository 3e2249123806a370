/// The reverse proxies whose `X-Forwarded-For` fields are trusted.
public struct TrustedProxies: Hashable, Sendable {
    private let ranges: [AddressRange]

    /// Trusts the proxies in `ranges`, and no others.
    public init(_ ranges: [AddressRange] = []) { self.ranges = ranges }

    /// Returns the client address of a request: the peer's address or, if the peer is a trusted proxy, the last address in
    /// `X-Forwarded-For` that is not a trusted proxy's.
    ///
    /// - Parameter forwardedFor: The values of all `X-Forwarded-For` fields, in their order.
    /// - Returns: nil if the peer's address is unknown, or a trusted proxy sent an entry that is not an address.
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

    /// Parses an entry of `X-Forwarded-For`: an address, optionally with a port or in brackets.
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
