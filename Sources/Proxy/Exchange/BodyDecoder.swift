import Codings
import NIOCore

/// Takes the content codings off a body that comes in parts.
///
/// Decodes on the event loop: a step yields at most 64 KiB, which takes about 0.1 ms, and whoever has many to do lets the loop
/// run in between. Moving bodies to another thread and back would cost more than decoding them.
final class BodyDecoder {
    private let decoder: Decoder
    private var pending = ByteBuffer()

    /// - Parameter limit: Maximum size of the body in bytes, decoded and as it came.
    init(_ codings: [ContentCoding], limit: Int) throws(DecodingFault) {
        decoder = try Decoder(codings, limit: limit)
    }

    /// Bytes that have come and are not decoded yet.
    var pendingBytes: Int { pending.readableBytes }

    /// Takes a part of the coded body.
    func append(_ bytes: ByteBuffer) {
        guard pending.readableBytes > 0 else {
            pending = bytes
            return
        }
        pending.discardReadBytes()
        pending.writeImmutableBuffer(bytes)
    }

    /// Decodes the next piece onto the end of a buffer.
    ///
    /// - Returns: Whether there was one; otherwise more of the body is needed.
    func decode(into body: inout ByteBuffer) throws(DecodingFault) -> Bool {
        var decoded = body
        body = ByteBuffer()
        defer { body = decoded }
        let before = decoded.readableBytes
        let coded = pending
        let taken = try decoder.step(coded.readableBytesUInt8Span) { piece in
            piece.withUnsafeBufferPointer { _ = decoded.writeBytes(UnsafeRawBufferPointer($0)) }
        }
        pending.moveReaderIndex(forwardBy: taken)
        return decoded.readableBytes > before
    }

    /// Notes that the body has ended; to be called when everything is decoded that has come.
    func finish() throws(DecodingFault) { try decoder.finish() }
}
