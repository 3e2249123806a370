import NIOCore
import NIOHTTP1

/// The part of an upstream's answer that was received.
enum UpstreamAnswer {
    /// Nothing.
    case none
    /// A plain answer, collected until its end.
    case whole(HTTPResponseHead, ByteBuffer)
    /// An error; at most `UpstreamErrorPolicy.maximumBody` of its body is kept.
    case failure(HTTPResponseHead, ByteBuffer)
    /// A stream, and the events that wait for the hold.
    case stream(HTTPResponseHead, StreamRelay, waiting: ByteBuffer?)
}
