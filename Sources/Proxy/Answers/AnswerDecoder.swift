import Accounts
import Codings
import Metering
import NIOCore
import NIOHTTP1

/// Takes the content codings off an upstream's answer. The gateway asks for none; some upstreams send them all the same, with
/// a label, without one, or with one that is not true.
///
/// - gzip and zstd are recognised by the answer's first bytes, labelled or not. A label that names them is not believed if the
///   answer begins otherwise.
/// - br and deflate have no signature: the label decides.
/// - An unknown label is an error, unless the answer is JSON or events by its first bytes.
///
/// - Bytes that are passed on as they come, such as audio, may begin like a coding by chance: without a label they are in none.
///
/// An answer is decoded as it arrives, a piece of 64 KiB at a time: operators choose their upstreams, so that the loop is not
/// left between pieces as it is for requests.
struct AnswerDecoder {
    /// The next step of an answer.
    enum Step {
        /// The next bytes, in no coding.
        case bytes(ByteBuffer)
        /// Everything is decoded that has come.
        case needsMore
        /// The answer cannot be decoded.
        case fault(DecodingFault)
    }

    private enum State {
        /// The first bytes have not come; the codings by the label, nil if it is not understood.
        case undecided([ContentCoding]?)
        case plain
        case coded(BodyDecoder)
        case failed(DecodingFault)
    }

    private var state: State
    private var unread = ByteBuffer()
    private var hasEnded = false
    private let limit: Int

    /// - Parameters:
    ///   - limit: Maximum size in bytes of an answer that comes in codings.
    ///   - isRaw: Whether the content may be any bytes.
    init(_ head: HTTPResponseHead, limit: Int, isRaw: Bool = false) {
        self.limit = limit
        let label = head.headers.contentCodings
        state = isRaw && label?.isEmpty == true ? .plain : .undecided(label)
    }

    /// Takes a part of the answer.
    mutating func append(_ bytes: ByteBuffer) {
        if case .coded(let decoder) = state { return decoder.append(bytes) }
        unread.takeOrWrite(bytes)
    }

    /// Notes that the answer has ended.
    mutating func end() { hasEnded = true }

    /// Returns the next bytes of the answer, or why there are none.
    mutating func next() -> Step {
        if case .undecided(let label) = state {
            guard hasEnded || unread.readableBytes >= ContentCoding.signatureLength else { return .needsMore }
            decide(label)
        }
        switch state {
        case .undecided: return .needsMore
        case .failed(let fault): return .fault(fault)
        case .plain:
            guard unread.readableBytes > 0 else { return .needsMore }
            defer { unread = ByteBuffer() }
            return .bytes(unread)
        case .coded(let decoder):
            var decoded = ByteBuffer()
            do throws(DecodingFault) {
                if try decoder.decode(into: &decoded) { return .bytes(decoded) }
                if hasEnded { try decoder.finish() }
                return .needsMore
            } catch {
                state = .failed(error)
                return .fault(error)
            }
        }
    }

    private mutating func decide(_ label: [ContentCoding]?) {
        let bytes = unread
        let recognised = ContentCoding.recognised(in: bytes.readableBytesUInt8Span)
        let codings: [ContentCoding]
        switch (label, recognised) {
        case (let label?, let coding?): codings = label.last == coding ? label : [coding]
        case (nil, let coding?): codings = [coding]
        case (let label?, nil): codings = label.last?.hasSignature ?? true ? [] : label
        case (nil, nil):
            switch AnswerForm.of(bytes.readableBytesUInt8Span) {
            case .json, .array, .events: codings = []
            case .other, .undecided:
                state = unread.readableBytes == 0 ? .plain : .failed(.corrupt)
                return
            }
        }
        guard !codings.isEmpty, unread.readableBytes > 0 else {
            state = .plain
            return
        }
        do throws(DecodingFault) {
            let decoder = try BodyDecoder(codings, limit: limit)
            decoder.append(unread)
            unread = ByteBuffer()
            state = .coded(decoder)
        } catch {
            state = .failed(error)
        }
    }
}

extension HTTPHeaders {
    /// The content codings of a message, in the order in which they were applied; nil if one of them is unknown.
    var contentCodings: [ContentCoding]? {
        // Nearly all messages have none.
        guard contains(name: HeaderName.contentEncoding) else { return [] }
        return ContentCoding.list(self[canonicalForm: HeaderName.contentEncoding].joined(separator: ","))
    }
}

extension ByteBuffer {
    /// Appends bytes; an empty buffer takes them over.
    mutating func takeOrWrite(_ bytes: ByteBuffer) {
        if readableBytes == 0 { self = bytes } else { writeImmutableBuffer(bytes) }
    }
}
