import Money
import Testing

@Suite struct NanoUSDTests {
    @Test(arguments: [
        ("0", 0), ("25", 25_000_000_000), ("12.5", 12_500_000_000), ("0.0023", 2_300_000), ("-1.5", -1_500_000_000),
        ("0.000000001", 1), ("1.0000000000", 1_000_000_000), ("9223372036.854775807", Int64.max),
    ])
    func `parses decimal amounts exactly`(text: String, nanos: Int64) {
        #expect(NanoUSD(decimal: text)?.nanos == nanos)
    }

    @Test(arguments: [
        "", " 1", "1 ", "+1", "1.", ".5", "1e3", "0x10", "1,5", "--1", "0.0000000001", "9223372036.854775808", "NaN",
        "١",
    ])
    func `refuses malformed amounts and amounts out of range`(text: String) {
        #expect(NanoUSD(decimal: text) == nil)
    }

    @Test(
        arguments: [
            (0, "0", "0.0000"), (12_500_000_000, "12.5", "12.5000"), (2_300_000, "0.0023", "0.0023"),
            (1, "0.000000001", "0.0000"),
            (99_999_999, "0.099999999", "0.0999"), (-1_500_000_000, "-1.5", "-1.5000"), (-1, "-0.000000001", "0.0000"),
            (Int64.max, "9223372036.854775807", "9223372036.8547"),
            (Int64.min, "-9223372036.854775808", "-9223372036.8547"),
        ] as [(Int64, String, String)])
    func `writes amounts without trailing zeros, or truncated to four decimals`(
        nanos: Int64, decimal: String, four: String
    ) {
        #expect(NanoUSD(nanos: nanos).decimal == decimal)
        #expect(NanoUSD(nanos: nanos).fourDecimals == four)
    }

    @Test func `adding returns nil on overflow`() {
        #expect(NanoUSD(nanos: .max).adding(NanoUSD(nanos: 1)) == nil)
        #expect(NanoUSD(nanos: 1).adding(NanoUSD(nanos: 2)) == NanoUSD(nanos: 3))
    }
}

@Suite struct DisplayMultiplierTests {
    @Test func `a budget of 100 that costs 60 is shown as exactly 100`() throws {
        let multiplier = try #require(DisplayMultiplier(shown: NanoUSD(dollars: 100), real: NanoUSD(dollars: 60)))
        #expect(multiplier.shown(NanoUSD(dollars: 60)) == NanoUSD(dollars: 100))
        #expect(multiplier.decimal == "1.666666667")
    }

    @Test(arguments: [(5, 3), (1, 1), (1_000_003, 1_000_001), (400, 7)] as [(Int64, Int64)])
    func `many shown amounts sum up to the shown amount of their sum`(numerator: Int64, denominator: Int64) throws {
        let multiplier = try #require(DisplayMultiplier(numerator: numerator, denominator: denominator))
        var carry: Int64 = 0
        var real = NanoUSD.zero
        var shown = NanoUSD.zero
        for step in 1...1000 as ClosedRange<Int64> {
            let amount = NanoUSD(nanos: step * step % 9973)
            real += amount
            shown += multiplier.shown(amount, carry: &carry)
            #expect(shown == multiplier.shown(real))
        }
    }

    @Test func `multipliers outside one to a million are refused`() {
        #expect(DisplayMultiplier(numerator: 1, denominator: 2) == nil)
        #expect(DisplayMultiplier(numerator: 1, denominator: 0) == nil)
        #expect(DisplayMultiplier(numerator: 1_000_001, denominator: 1) == nil)
        #expect(DisplayMultiplier(numerator: 1_000_000, denominator: 1) != nil)
        #expect(DisplayMultiplier(numerator: 4, denominator: 2) == DisplayMultiplier(numerator: 2, denominator: 1))
    }

    @Test func `shown amounts saturate instead of overflowing`() throws {
        let multiplier = try #require(DisplayMultiplier(numerator: 1_000_000, denominator: 1))
        #expect(multiplier.shown(NanoUSD(nanos: .max)) == NanoUSD(nanos: .max))
    }
}
