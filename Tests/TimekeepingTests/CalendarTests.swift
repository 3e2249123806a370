import Testing
import Timekeeping

@Suite struct CalendarTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00Z"), (951_782_400_000, "2000-02-29T00:00:00Z"),
            (1_764_547_199_999, "2025-11-30T23:59:59Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00Z"), (-1, "1969-12-31T23:59:59Z"),
        ] as [(Int64, String)])
    func `writes moments in RFC 3339`(milliseconds: Int64, text: String) {
        #expect(Timestamp(milliseconds: milliseconds).rfc3339 == text)
    }

    @Test func `writes milliseconds where they are asked for`() {
        #expect(Timestamp(milliseconds: 1_764_547_199_007).rfc3339Milliseconds == "2025-11-30T23:59:59.007Z")
    }

    @Test func `weeks begin on Monday and months on the first`() {
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

    @Test func `a manual clock moves when it is told to`() {
        let time = ManualTime(start: Timestamp(milliseconds: 1000))
        time.advance(milliseconds: 250)
        #expect(time.now().milliseconds == 1250 && time.monotonicNanoseconds() == 250_000_000)
    }
}
