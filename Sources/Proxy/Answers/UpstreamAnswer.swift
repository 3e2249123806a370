import Metering
import NIOCore
import NIOHTTP1

/// The part of an upstream's answer that has arrived.
enum UpstreamAnswer {
    /// Nothing.
    case none
    /// A whole answer, collected until its end.
    case whole(HTTPResponseHead, ByteBuffer)
    /// An error; at most `UpstreamErrorPolicy.maximumBody` of its body is kept.
    case failure(HTTPResponseHead, ByteBuffer)
    /// A stream.
    case stream(StreamAnswer)
    /// A stream that was not asked for, joined to a plain answer.
    case joined(HTTPResponseHead, JoinedStream)
    /// An answer in a content coding that cannot be decoded.
    case undecodable

    /// Whether it is a stream.
    var isStream: Bool {
        if case .stream = self { true } else { false }
    }
}
