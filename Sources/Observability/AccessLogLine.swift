import Accounts
import Ledger
import Metering
import Money
import Timekeeping

/// Writes records as lines of JSON. `docs/operation.md` documents the fields.
enum AccessLogLine {
    /// Returns the line of a record, with its line feed.
    static func bytes(of record: ExchangeRecord) -> [UInt8] {
        var object = JSONObject()
        object.text("time", record.receivedAt.rfc3339)
        object.text("request_id", record.requestID)
        object.text("method", record.method)
        object.text("path", record.path)
        object.number("account", record.accountID?.rawValue)
        object.text("key_id", record.keyID.map { "\($0)" })
        object.text("protocol", record.operation.map { "\($0.upstreamProtocol)".lowercased() })
        object.text("operation", record.operation?.path)
        object.text("model", record.model)
        object.number("status", record.status)
        object.text("code", record.refusalCode)
        object.text("ending", "\(record.ending)")
        object.number("bytes_in", record.bytesIn)
        object.number("bytes_out", record.bytesOut)
        let phases = record.phases
        object.number("admitted_us", phases.microseconds(to: phases.admitted))
        object.number("upstream_us", phases.microseconds(to: phases.upstreamAnswered))
        object.number("answered_us", phases.microseconds(to: phases.answered))
        object.number("duration_us", phases.microseconds(to: phases.ended))
        let usage = record.usage
        object.number("input_tokens", usage?.input)
        object.number("cache_read_tokens", usage?.cacheRead)
        object.number("cache_write_tokens", usage?.cacheWrite)
        object.number("output_tokens", usage?.output)
        object.number("images", usage?.pictures)
        for quantity in usage?.others ?? [] { object.quantity(quantity) }
        if record.terms.tier != .standard { object.text("service_tier", record.terms.tier.name) }
        if record.terms.isResident { object.text("residency", "resident") }
        if record.terms.isFast { object.text("speed", "fast") }
        object.texts("flags", record.flags.names)
        object.text("usage", record.usageSource.map { "\($0)" })
        object.number("cost_nano_usd", record.cost?.nanos)
        object.number("attempts", record.attempts)
        object.texts("failed_attempts", record.failedAttempts.map { name(of: $0.reason) })
        object.end()
        return object.bytes
    }

    private static func name(of reason: FailedAttempt.Reason) -> String {
        switch reason {
        case .unreachable: "unreachable"
        case .closed: "closed"
        case .status(let status): "status \(status)"
        }
    }
}

extension ExchangeRecord.Phases {
    /// Microseconds from the request's head to a phase, if that was reached.
    fileprivate func microseconds(to moment: Int64?) -> Int64? { moment.map { ($0 - received) / 1000 } }
}

/// A flat JSON object that is written member by member; members that are nil are left out.
private struct JSONObject {
    private(set) var bytes: [UInt8] = []

    mutating func text(_ name: StaticString, _ value: String?) {
        guard let value else { return }
        begin(name)
        quote(value)
    }

    mutating func texts(_ name: StaticString, _ values: [String]) {
        guard !values.isEmpty else { return }
        begin(name)
        bytes.append(UInt8(ascii: "["))
        for (index, value) in values.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            quote(value)
        }
        bytes.append(UInt8(ascii: "]"))
    }

    mutating func number(_ name: StaticString, _ value: (some BinaryInteger)?) {
        guard let value else { return }
        begin(name)
        bytes.append(contentsOf: String(value).utf8)
    }

    mutating func quantity(_ quantity: Usage.Quantity) {
        begin(quantity.dimension.name)
        bytes.append(contentsOf: String(quantity.amount).utf8)
    }

    mutating func end() {
        bytes.append(contentsOf: "}\n".utf8)
    }

    private mutating func begin(_ name: StaticString) { begin(name.description) }

    private mutating func begin(_ name: String) {
        bytes.append(bytes.isEmpty ? UInt8(ascii: "{") : UInt8(ascii: ","))
        quote(name)
        bytes.append(UInt8(ascii: ":"))
    }

    private mutating func quote(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0..<0x20, 0x7F:
                let digits = Array("0123456789abcdef".utf8)
                bytes.append(contentsOf: "\\u00".utf8)
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 15)])
            default: bytes.append(byte)
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
