import Accounts
import Testing

@Suite struct AddressTests {
    @Test(
        arguments: [
            ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.0", false), ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "2001:db8::1", false), ("::/0", "203.0.113.9", true), ("203.0.113.7", "203.0.113.7", true),
            ("203.0.113.7", "203.0.113.6", false), ("203.0.113.6/31", "203.0.113.7", true),
            ("2001:db8::/32", "2001:db8:ffff::1", true), ("2001:db8::/32", "2001:db9::1", false),
            ("2001:db8::1", "2001:0DB8:0:0::1", true), ("127.0.0.0/8", "::ffff:127.0.0.1", true),
            ("::ffff:10.0.0.0/104", "10.9.9.9", true),
        ] as [(String, String, Bool)])
    func `a range contains its addresses`(range: String, address: String, isContained: Bool) throws {
        let address = try #require(IPAddress(address))
        #expect(try #require(AddressRange(range)).contains(address) == isContained)
    }

    @Test(
        arguments: [
            "", "x", "10.0.0", "10.0.0.256", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/+8", "10.0.0.0/-1", "10.0.0.1/8",
            "10.0.0.0/8/8", "2001:db8::/129", "2001:db8::1/32", "::1%lo", "[::1]", "localhost", " 10.0.0.1",
        ])
    func `malformed ranges are refused`(text: String) {
        #expect(AddressRange(text) == nil)
    }

    @Test(arguments: ["10.0.0.0/8", "203.0.113.7", "0.0.0.0/0", "2001:db8::/32", "::1", "::/0"])
    func `the description of a range is its CIDR notation`(text: String) {
        #expect(AddressRange(text)?.description == text)
    }

    @Test(
        arguments: [
            ([], "203.0.113.1"), (["198.51.100.2"], "198.51.100.2"),
            // Entries before the last address that is not a trusted proxy can be forged by the client.
            (["1.1.1.1, 198.51.100.2"], "198.51.100.2"), (["1.1.1.1", "198.51.100.2"], "198.51.100.2"),
            (["198.51.100.2, 10.9.9.9"], "198.51.100.2"), (["198.51.100.2:5123"], "198.51.100.2"),
            (["[2001:db8::9]:443"], "2001:db8::9"), (["  2001:db8::9\t"], "2001:db8::9"),
            (["unknown"], nil), (["198.51.100.2, unknown"], nil), ([""], "10.0.0.1"),
        ] as [([String], String?)])
    func `the client address is the last untrusted one`(forwarded: [String], client: String?) throws {
        let proxies = TrustedProxies([try #require(AddressRange("10.0.0.0/8"))])
        let peer = IPAddress(forwarded.isEmpty ? "203.0.113.1" : "10.0.0.1")
        #expect(proxies.client(of: peer, forwardedFor: forwarded) == client.flatMap { IPAddress($0) })
        // The field of a peer that is not a trusted proxy is ignored.
        let stranger = IPAddress("203.0.113.5")
        #expect(proxies.client(of: stranger, forwardedFor: forwarded) == stranger)
        #expect(TrustedProxies().client(of: peer, forwardedFor: forwarded) == peer)
    }
}
