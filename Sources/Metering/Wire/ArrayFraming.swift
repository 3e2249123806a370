/// Finds the elements of a stream that is one JSON array.
///
/// A message is an element with what stands before it: the array's bracket, or a comma. The bracket that ends the array is
/// a message without an element. Works on whole messages: bytes of one that has not ended yet are to be offered again, with
/// more behind them.
struct ArrayFraming {
    /// Bytes of the unfinished message that were read already; the members below are the state behind them.
    private var read = 0
    /// Nesting inside the element.
    private var depth = 0
    private var isInString = false
    private var isEscaped = false
    /// Where the element begins, from the start of the message.
    private var elementStart: Int?
    /// The element of the message that was found last; nil if it has none.
    private(set) var element: Range<Int>?
    /// The array has begun.
    private(set) var hasBegun = false
    /// The array has ended.
    private(set) var hasEnded = false
    private var hasElements = false

    /// Returns the text that adds a last element behind the messages that were found, and ends the array.
    func closing(with element: String) -> String {
        if hasEnded { return "" }
        return (hasElements ? ",\n" : hasBegun ? "" : "[") + element + "\n]\n"
    }

    /// Returns the position behind the message at `start`, or nil if its end has not come.
    mutating func endOfMessage(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        var position = start + read
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if isInString {
                readText(byte)
            } else if let end = readStructure(byte, position, start) {
                return end
            }
        }
        read = position - start
        return nil
    }

    private mutating func readText(_ byte: UInt8) {
        if isEscaped {
            isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
            isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
            isInString = false
        }
    }

    /// Reads a byte outside of strings, and returns `next`, the position behind it, if it ends the message.
    private mutating func readStructure(_ byte: UInt8, _ next: Int, _ start: Int) -> Int? {
        switch byte {
        case UInt8(ascii: "\""): isInString = true
        case UInt8(ascii: "[") where depth == 0 && !hasBegun: hasBegun = true
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            if depth == 0 { elementStart = next - 1 - start }
            depth += 1
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            if depth > 0 { depth -= 1 } else { hasEnded = hasEnded || byte == UInt8(ascii: "]") }
            guard depth == 0 else { return nil }
            element = elementStart.map { start + $0..<next }
            if element != nil { hasElements = true }
            read = 0
            elementStart = nil
            return next
        default: break
        }
        return nil
    }
}
