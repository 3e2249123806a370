import TestSupport
import Testing
import Timekeeping

@Suite struct CalendarTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (951_782_400_000, "2000-02-29T00:00:00Z"),
            (1_764_547_199_999, "2025-11-30T23:59:59Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00Z"), (-1, "1969-12-31T23:59:59Z"),
        ] as [(Int64, String)])
    func `writes timestamps in RFC 3339`(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).rfc3339 == text)
    }

    @Test func `writes RFC 3339 with milliseconds`() {
        #expect(Timestamp(milliseconds: 1_764_547_199_007).rfc3339Milliseconds == "2025-11-30T23:59:59.007Z")
    }

    @Test func `weeks start on Monday and months on the first`() {
        // 2026-11-20 is a Friday.
        let day = Timestamp(milliseconds: 1_795_132_800_000).day
        #expect(day.start.rfc3339 == "2026-11-20T00:00:00Z")
        #expect(day.firstOfWeek.start.rfc3339 == "2026-11-16T00:00:00Z")
        #expect(day.firstOfMonth.start.rfc3339 == "2026-11-01T00:00:00Z")
        for offset in 0..<2000 as Range<Int64> {
            let day = Day(number: day.number + offset)
            #expect((0..<7).contains(day.number - day.firstOfWeek.number) && day.firstOfMonth.civil.day == 1)
            #expect(day.firstOfWeek.firstOfWeek == day.firstOfWeek)
        }
    }

    @Test func `a manual clock advances only when told to`() {
        let time = ManualTime(start: Timestamp(milliseconds: 1000))
        time.advance(milliseconds: 250)
        #expect(time.now().milliseconds == 1250 && time.monotonicNanoseconds() == 250_000_000)
    }

    @Test(
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2025-11-30T23:59:59.007Z", 1_764_547_199_007),
            ("2027-01-01T01:30:00.250+01:30", 1_798_761_600_250), ("2026-12-31T19:00:00-05:00", 1_798_761_600_000),
            ("2024-02-29T00:00:00z", 1_709_164_800_000), ("2026-11-20T00:00:00.1239999Z", 1_795_132_800_123),
        ] as [(String, Int64)])
    func `reads RFC 3339 in any offset`(text: String, milliseconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test(
        arguments: [
            "", "2026-11-20", "2026-11-20T00:00:00", "2026-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z", "2026-11-31T00:00:00Z", "2026-11-20T24:00:00Z", "2026-11-20T00:60:00Z",
            "2026-11-20T00:00:00.Z", "2026-11-20T00:00:00+1:00", "2026-11-20 00:00:00", "2026-11-20T00:00:00Zx",
            "+2026-11-20T00:00:00Z", "２026-11-20T00:00:00Z",
        ])
    func `malformed timestamps and dates that do not exist are refused`(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test func `periods follow each other without gaps`() {
        for period in Period.allCases {
            var day = Day(number: 20_000)
            for _ in 0..<100 {
                let next = period.next(after: day)
                #expect(period.first(around: Day(number: next.number - 1)) == period.first(around: day))
                #expect(period.first(around: next) == next)
                day = next
            }
        }
    }
}
