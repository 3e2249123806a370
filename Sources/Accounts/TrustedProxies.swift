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
