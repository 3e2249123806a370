#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The entry point that libFuzzer calls. FUZZ_TARGET says which of the parsers gets the bytes; the first byte of each input
/// chooses the operation.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 0 else { return 0 }
    let operation = Operation.allCases[Int(start[0]) % Operation.allCases.count]
    let bytes = Array(UnsafeBufferPointer(start: start + 1, count: count - 1))
    target(bytes, operation)
    return 0
}

private let target: @Sendable ([UInt8], Operation) -> Void = {
    switch getenv("FUZZ_TARGET").map({ String(cString: $0) }) {
    case "stream": { fuzzStream($0, $1, .events) }
    case "elements": { fuzzStream($0, $1, .array) }
    case "answer": fuzzAnswer
    case "request": fuzzRequest
    case "coding": { bytes, _ in fuzzCoding(bytes) }
    case "form": fuzzForm
    default: fatalError("FUZZ_TARGET must be stream, elements, answer, request, coding or form")
    }
}()

/// Sorted, disjoint, inside the bytes: what is cut must be cuttable.
private func expectCuttable(_ cuts: [Range<Int>], _ count: Int) {
    var end = 0
    for cut in cuts {
        precondition(cut.lowerBound >= end && !cut.isEmpty && cut.upperBound <= count, "cuts \(cuts) of \(count) bytes")
        end = cut.upperBound
    }
}

private func remove(_ cuts: [Range<Int>], from bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for cut in cuts.reversed() { bytes.removeSubrange(cut) }
    return bytes
}

private func expectSane(_ usage: MeteredUsage?, limit: Int64) {
    guard let tokens = usage?.usage else { return }
    // Iterations of an answer have its limit each, and an answer at most a thousand of them.
    let most = limit * 1001
    for quantity in tokens.quantities {
        let maximum: Int64 =
            switch quantity.dimension.unit {
            case .token: most
            case .call: 1000
            case .millisecond: 86_400_000
            case .picture, .character: .max
            }
        precondition((0...maximum).contains(quantity.amount), "\(quantity.dimension.name) is \(quantity.amount)")
    }
    precondition(tokens.allInput >= 0 && tokens.allOutput >= 0)
}

private func fuzzAnswer(_ bytes: [UInt8], _ operation: Operation) {
    let limit: Int64 = 1_000_000
    let answer = AnswerMeter.examine(bytes.span, operation: operation, counting: CountingRules(contextLimit: limit))
    expectCuttable(answer.cuts, bytes.count)
    expectSane(answer.usage, limit: limit)
    guard !answer.cuts.isEmpty else { return }
    // What is left is JSON, says the same, and names no price any more.
    let kept = remove(answer.cuts, from: bytes)
    let again = AnswerMeter.examine(kept.span, operation: operation, counting: CountingRules(contextLimit: limit))
    precondition(again.cuts.isEmpty, "prices are left after cutting")
    precondition(again.usage?.usage == answer.usage?.usage, "cutting changes the usage")
    precondition(again.textBytes == answer.textBytes && again.isError == answer.isError, "cutting changes the answer")
}

/// How a stream is cut into reads must not change anything.
private func fuzzStream(_ bytes: [UInt8], _ operation: Operation, _ framing: StreamFraming) {
    guard let first = bytes.first else { return }
    let drops = first & 1 == 1
    let piece = max(1, Int(first >> 1))
    let stream = Array(bytes.dropFirst())
    let whole = examine(stream, piece: stream.count + 1, drops, operation, framing)
    let split = examine(stream, piece: piece, drops, operation, framing)
    precondition(whole.kept == split.kept, "split into \(piece) bytes, something else is relayed")
    precondition(
        whole.meter.usage == split.meter.usage && whole.meter.textBytes == split.meter.textBytes
            && whole.meter.hasEnded == split.meter.hasEnded && whole.meter.errorSeen == split.meter.errorSeen,
        "split into \(piece) bytes, something else is metered")
    expectSane(whole.meter.usage, limit: 1_000_000)
    // Whatever came, it can be ended, unless it is an array that has ended.
    precondition(!whole.meter.closing(usage: .zero, choices: 1).isEmpty || framing == .array && whole.meter.hasEnded)
}

private func examine(
    _ stream: [UInt8], piece: Int, _ drops: Bool, _ operation: Operation, _ framing: StreamFraming
) -> (meter: StreamMeter, kept: [UInt8]) {
    var meter = StreamMeter(
        operation: operation, dropUsageEvent: drops, counting: CountingRules(contextLimit: 1_000_000),
        framing: framing)
    var pending: [UInt8] = []
    var kept: [UInt8] = []
    var position = 0
    while position < stream.count {
        pending += stream[position..<min(position + piece, stream.count)]
        position += piece
        var hasFailed = true
        while hasFailed {
            let examination = meter.examine(pending.span)
            precondition(examination.consumed <= pending.count)
            expectCuttable(examination.cuts, examination.consumed)
            kept += remove(examination.cuts, from: Array(pending.prefix(examination.consumed)))
            pending.removeFirst(examination.consumed)
            // Behind an error the rest is examined at once.
            hasFailed = examination.failure != nil
            if let failure = examination.failure { kept += meter.errorEvent(failure, requestID: "r").utf8 }
        }
    }
    return (meter, kept)
}

private func fuzzRequest(_ body: [UInt8], _ operation: Operation) {
    let model = operation.model == .path ? "m" : nil
    guard let facts = try? RequestFacts(scanning: body.span, for: operation, model: model) else { return }
    precondition((0...Int64(body.count)).contains(facts.input.textBytes), "text of \(facts.input.textBytes) bytes")
    precondition(facts.choices >= 1 && facts.input.images >= 0 && facts.input.audioBytes >= 0)
    guard operation.generatesText, facts.mayLimitOutput else { return }
    // What is forwarded is read the same, with the bound that was put in.
    var forwarded = body
    for edit in facts.edits(limitingOutputTo: 7).reversed() {
        forwarded.replaceSubrange(edit.range, with: edit.replacement)
    }
    guard let again = try? RequestFacts(scanning: forwarded.span, for: operation, model: model) else {
        preconditionFailure("what is forwarded is not accepted")
    }
    precondition(again.model == facts.model && again.isStreamed == facts.isStreamed && again.choices == facts.choices)
    precondition(again.maxOutputTokens == 7, "the bound is not there")
    precondition(again.usageEdit == nil, "usage would be asked for twice")
}

/// Every form that is accepted is its parts: written again, it is the same bytes but for the headers, and is read the same.
private func fuzzForm(_ body: [UInt8], _ operation: Operation) {
    _ = try? RequestFacts(
        scanning: body.span, for: operation, contentType: "multipart/form-data; boundary=b")
    guard let form = try? MultipartForm(body.span, boundary: [UInt8(ascii: "b")]) else { return }
    precondition(form.parts.count <= MultipartForm.maximumParts)
    var end = 0
    var written: [UInt8] = []
    for part in form.parts {
        precondition(part.content.lowerBound > end && part.content.upperBound <= body.count, "\(part)")
        end = part.content.upperBound
        precondition((1...MultipartForm.maximumName).contains(part.name.utf8.count))
        let name = "name=\"\(part.name)\"" + (part.isFile ? "; filename=\"f\"" : "")
        written += "--b\r\nContent-Disposition: form-data; \(name)\r\n\r\n".utf8
        written += body[part.content]
        written += "\r\n".utf8
    }
    written += "--b--".utf8
    guard let again = try? MultipartForm(written.span, boundary: [UInt8(ascii: "b")]) else {
        preconditionFailure("what was read cannot be written")
    }
    precondition(again.parts.map(\.name) == form.parts.map(\.name))
    for (one, other) in zip(form.parts, again.parts) {
        precondition(one.isFile == other.isFile && body[one.content].elementsEqual(written[other.content]))
    }
}
