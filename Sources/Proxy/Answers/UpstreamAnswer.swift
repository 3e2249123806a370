import NIOCore
import NIOHTTP1

/// What has come of an upstream's answer.
enum UpstreamAnswer {
    /// Nothing.
    case none
    /// A whole answer, collected until its end.
    case whole(HTTPResponseHead, ByteBuffer)
    /// An error, of whose body no more than `UpstreamErrorPolicy.maximumBody` is kept.
    case failure(HTTPResponseHead, ByteBuffer)
    /// A stream, and what of it had to wait for the hold.
    case stream(HTTPResponseHead, StreamRelay, waiting: ByteBuffer?)
}
