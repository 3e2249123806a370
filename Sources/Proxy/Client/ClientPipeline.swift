import NIOCore
import NIOHTTP1

/// The HTTP/1 part of a client connection's pipeline: what stands in front of data path and control plane alike.
enum ClientPipeline {
    /// Largest header section of a request, in bytes; the request target counts.
    static let maximumHeaderList = 64 << 10

    /// Adds the codec and the connection's handler.
    static func install(in pipeline: ChannelPipeline.SynchronousOperations, proxy: ProxyLoop) throws {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderListSize = maximumHeaderList
        try pipeline.addHandler(HTTPResponseEncoder())
        try pipeline.addHandler(
            ByteToMessageHandler(
                HTTPRequestDecoder(
                    leftOverBytesStrategy: .dropBytes, informationalResponseStrategy: .drop,
                    limitConfiguration: limits)))
        try pipeline.addHandler(ClientConnection(proxy: proxy))
    }
}
