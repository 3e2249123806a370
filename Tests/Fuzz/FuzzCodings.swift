/// Whatever the bytes are, and however they are split, a body is decoded to the same bytes, within the limit and in pieces, or
/// refused for the same reason.
///
/// The first byte chooses the codings, the second how the body is split.
func fuzzCoding(_ bytes: [UInt8]) {
    guard bytes.count >= 2 else { return }
    let all = ContentCoding.allCases
    var codings = [all[Int(bytes[0] & 3)]]
    if bytes[0] & 4 != 0 { codings.append(all[Int(bytes[0] >> 4 & 3)]) }
    let coded = Array(bytes.dropFirst(2))
    let whole = decode(coded, codings, split: max(1, coded.count))
    let split = decode(coded, codings, split: 1 + Int(bytes[1]))
    precondition((whole.fault == nil) == (split.fault == nil), "split, it is refused or not")
    // Which fault is met first behind the limit depends on the pieces.
    if whole.fault != .tooLarge, split.fault != .tooLarge {
        precondition(whole.fault == split.fault, "split, it is refused for another reason")
    }
    if whole.fault == nil { precondition(whole.decoded == split.decoded, "split, something else is decoded") }
    _ = ContentCoding.recognised(in: coded.span)
    _ = AnswerForm.of(coded.span)
}

private let limit = 1 << 18

private func decode(
    _ coded: [UInt8], _ codings: [ContentCoding], split: Int
) -> (decoded: [UInt8], fault: DecodingFault?) {
    var decoded: [UInt8] = []
    do throws(DecodingFault) {
        let decoder = try Decoder(codings, limit: limit)
        var position = 0
        while position < coded.count {
            let end = min(position + split, coded.count)
            var isProgressing = true
            while isProgressing {
                isProgressing = false
                position += try decoder.step(coded.span.extracting(position..<end)) { piece in
                    precondition(
                        !piece.isEmpty && piece.count <= Decoder.pieceSize, "a piece of \(piece.count) bytes")
                    isProgressing = true
                    for index in piece.indices { decoded.append(piece[index]) }
                }
                precondition(decoded.count <= limit, "more is decoded than is allowed")
            }
            precondition(position == end, "input is left although more is asked for")
        }
        try decoder.finish()
        return (decoded, nil)
    } catch {
        return (decoded, error)
    }
}
