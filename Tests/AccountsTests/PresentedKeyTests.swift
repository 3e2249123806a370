import Testing

@testable import Accounts

@Suite struct PresentedKeyTests {
    @Test(
        arguments: [
            ("Bearer sk-1", nil, "sk-1"), ("bearer sk-1", nil, "sk-1"), ("BEARER   sk-1", nil, "sk-1"),
            ("Bearer ", nil, ""), ("Bearer sk-1", "sk-2", "sk-1"), (nil, "sk-2", "sk-2"),
            ("Basic eDp5", "sk-2", "sk-2"),
            ("Bearer", "sk-2", "sk-2"), ("Bearersk-1", nil, nil), ("Bearer\tsk-1", nil, nil), ("sk-1", nil, nil),
            ("", nil, nil), (nil, nil, nil), ("Bearer \u{FFFD}", nil, "\u{FFFD}"),
        ] as [(String?, String?, String?)])
    func `the bearer token counts, else x-api-key`(authorization: String?, apiKey: String?, found: String?) {
        #expect(PresentedKey.find(authorization: authorization, apiKey: apiKey) == found)
    }
}
