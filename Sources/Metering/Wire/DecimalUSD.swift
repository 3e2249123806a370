/// Amounts in US dollars, written as JSON numbers.
enum DecimalUSD {
    /// Returns the nano-USD of the JSON number at `start`, rounded up; nil if there is none or it is out of range.
    static func nanos(_ bytes: Span<UInt8>, at start: Int) -> Int64? {
        guard start < bytes.count, JSONScanner.isDigit(bytes[start]) else { return nil }
        var digits: Int64 = 0
        var exponent = 9
        var isRounded = false
        var position = start
        var isFraction = false
        while position < bytes.count {
            let byte = bytes[position]
            if JSONScanner.isDigit(byte) {
                if digits < 1_000_000_000_000_000 {
                    digits = digits * 10 + Int64(byte - 0x30)
                    if isFraction { exponent -= 1 }
                } else {
                    isRounded = isRounded || byte != 0x30
                    if !isFraction { exponent += 1 }
                }
            } else if byte == UInt8(ascii: "."), !isFraction {
                isFraction = true
            } else {
                break
            }
            position += 1
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            let sign = position + 1 < bytes.count && bytes[position + 1] == UInt8(ascii: "+") ? 1 : 0
            guard let power = JSONScanner.integer(bytes, at: position + 1 + sign), abs(power) < 100 else { return nil }
            exponent += Int(power)
        }
        while exponent > 0 {
            let (product, overflow) = digits.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            digits = product
            exponent -= 1
        }
        while exponent < 0 {
            isRounded = isRounded || digits % 10 != 0
            digits /= 10
            exponent += 1
        }
        return isRounded ? digits + 1 : digits
    }
}
