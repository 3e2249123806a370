import Accounts
import Ledger
import Metering
import Money
import Testing
import Timekeeping

@testable import ControlAPI

@Suite struct LogTableTests {
    private func line(model: String) -> String {
        let hold = Hold(
            requestID: UUIDv7(time: Timestamp(milliseconds: 0)), accountID: AccountID(1), keyID: KeyID(1),
            amount: .zero,
            interruptedCost: .zero, payer: .budget, model: model, operation: .messages, priceVersion: 1,
            multiplier: .one, startedAt: Timestamp(milliseconds: 0))
        let settlement = Settlement(
            hold: hold, usage: Usage(), usageSource: .reported, cost: NanoUSD(nanos: 2_300_000),
            durationMilliseconds: 9, firstByteMilliseconds: nil, status: 200)
        let row = LedgerRow(settlement, shownCost: NanoUSD(nanos: 9_200_000), keyDisplayID: "sk-tg-x")
        return LogAnswer.line(of: row, for: .client)
    }

    @Test(
        arguments: [
            ("plain", "plain"), ("a,b", "\"a,b\""), ("say \"hi\"", "\"say \"\"hi\"\"\""),
            ("two\nlines", "\"two\nlines\""),
            ("=HYPERLINK(1)", "'=HYPERLINK(1)"), ("+1", "'+1"), ("-1", "'-1"), ("@x", "'@x"), ("\tx", "'\tx"),
        ])
    func `a cell is quoted where it must be and never a formula`(model: String, cell: String) {
        #expect(line(model: model).contains(",\(cell),0,0,0,0,0.0092,9,sk-tg-x,1970-01-01T00:00:00Z,complete,reported"))
    }

    @Test func `a line has a cell for each column`() {
        let line = line(model: "m")
        #expect(line.split(separator: ",").count == LogAnswer.columns(for: .client).count && line.hasSuffix("\r\n"))
    }
}
