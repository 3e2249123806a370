import NIOCore
import NIOEmbedded
import NIOHTTP1

/// The client's end of a connection without a socket, above the HTTP/1 codec.
public final class ClientPeer {
    /// The gateway's end.
    public let channel: EmbeddedChannel
    /// The head of the answer, once it has come.
    public private(set) var head: HTTPResponseHead?
    /// What has come of the answer's body.
    public private(set) var body = ""
    /// Whether the answer is complete.
    public private(set) var isAnswered = false

    /// Opens a connection that is handled by `handler`.
    public init(handler: some ChannelHandler, loop: EmbeddedEventLoop) throws {
        channel = EmbeddedChannel(loop: loop)
        try channel.pipeline.syncOperations.addHandler(handler)
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 80), promise: nil)
    }

    /// Sends a whole request.
    public func send(_ method: HTTPMethod, _ path: String, headers: HTTPHeaders, body: String = "") throws {
        try send(method, path, headers: headers, body: ByteBuffer(string: body))
    }

    /// Sends a whole request.
    public func send(_ method: HTTPMethod, _ path: String, headers: HTTPHeaders, body: ByteBuffer) throws {
        (head, self.body, isAnswered) = (nil, "", false)
        try channel.writeInbound(
            HTTPServerRequestPart.head(
                HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: headers)))
        if body.readableBytes > 0 { try channel.writeInbound(HTTPServerRequestPart.body(body)) }
        try channel.writeInbound(HTTPServerRequestPart.end(nil))
    }

    /// Reads what has come of the answer.
    public func read() throws {
        while let part = try channel.readOutbound(as: HTTPServerResponsePart.self) {
            switch part {
            case .head(let head): self.head = head
            case .body(.byteBuffer(let bytes)): body += String(buffer: bytes)
            case .body(.fileRegion): break
            case .end: isAnswered = true
            }
        }
    }

    /// Closes the connection.
    public func leave() {
        guard channel.isActive else { return }
        channel.close(promise: nil)
        channel.embeddedEventLoop.run()
    }
}
