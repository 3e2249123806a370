import Codings
import NIOCore

/// A request's body that comes in content codings: decodes it in slices, between which the event loop serves others.
///
/// What has come and what is decoded of it are never larger together than the limit and ``tolerance``: a byte that was
/// compressed stands for one byte at least, apart from the overhead of its coding.
final class CodedBody {
    /// Pieces of 64 KiB that are decoded at a time.
    private static let piecesInSlice = 4
    /// Overhead of a coding, in bytes.
    private static let tolerance = 1 << 20

    /// Called once, on the event loop: with the body when it is complete, or with what is wrong with it.
    var completion: (Result<ByteBuffer, DecodingFault>) -> Void = { _ in }
    private let loop: any EventLoop
    private let limit: Int
    private let decoder: BodyDecoder
    private var body = ByteBuffer()
    private var hasEnded = false
    private var isScheduled = false
    private var isDone = false

    /// - Parameters:
    ///   - codings: The codings in the order in which they were applied.
    ///   - limit: Maximum size of the body in bytes, decoded and as it comes.
    init(_ codings: [ContentCoding], limit: Int, loop: any EventLoop) throws(DecodingFault) {
        self.limit = limit
        self.loop = loop
        decoder = try BodyDecoder(codings, limit: limit)
    }

    /// Takes a part of the body.
    func append(_ bytes: ByteBuffer) {
        guard !isDone else { return }
        decoder.append(bytes)
        guard body.readableBytes + decoder.pendingBytes <= limit + Self.tolerance else {
            return finish(.failure(.tooLarge))
        }
        if !isScheduled { decodeSlice() }
    }

    /// The body has come to its end.
    func end() {
        hasEnded = true
        if !isScheduled, !isDone { decodeSlice() }
    }

    private func decodeSlice() {
        do throws(DecodingFault) {
            for _ in 0..<Self.piecesInSlice {
                guard try decoder.decode(into: &body) else {
                    if hasEnded {
                        try decoder.finish()
                        finish(.success(body))
                    }
                    return
                }
            }
        } catch {
            return finish(.failure(error))
        }
        isScheduled = true
        loop.assumeIsolated().execute { [weak self] in
            guard let self, !isDone else { return }
            isScheduled = false
            decodeSlice()
        }
    }

    private func finish(_ result: Result<ByteBuffer, DecodingFault>) {
        isDone = true
        body = ByteBuffer()
        completion(result)
        completion = { _ in }
    }
}
