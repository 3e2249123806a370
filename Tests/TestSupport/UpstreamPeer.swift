import NIOCore
import NIOEmbedded
import NIOHTTP1

/// The upstream's end of an HTTP/1 connection without a socket: what the gateway wrote is read here, and what is written here
/// the gateway reads.
public final class UpstreamPeer {
    /// The gateway's end; its pipeline begins with the HTTP/1 client codec.
    public let channel: EmbeddedChannel
    private var unread = ""

    /// Opens a connection on an event loop.
    public init(loop: EmbeddedEventLoop) throws {
        channel = EmbeddedChannel(loop: loop)
        try channel.pipeline.syncOperations.addHandlers([
            HTTPRequestEncoder(), ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes)),
        ])
        channel.connect(to: try SocketAddress(ipAddress: "127.0.0.1", port: 443), promise: nil)
    }

    /// Whether the connection is open.
    public var isOpen: Bool { channel.isActive }

    /// Returns the next request, once it is complete: its head and body as they were sent.
    public func takeRequest() throws -> String? {
        while let part = try channel.readOutbound(as: IOData.self) {
            if case .byteBuffer(let bytes) = part { unread += String(buffer: bytes) }
        }
        guard let end = unread.firstRange(of: "\r\n\r\n") else { return nil }
        let head = unread[..<end.upperBound]
        let length = head.split(separator: "\r\n").compactMap { line -> Int? in
            line.hasPrefix("content-length: ") ? Int(line.dropFirst(16)) : nil
        }.first
        guard unread[end.upperBound...].utf8.count >= length ?? 0 else { return nil }
        defer { unread = "" }
        return unread
    }

    /// Sends bytes of an answer.
    public func send(_ bytes: some StringProtocol) throws { try send(ByteBuffer(string: String(bytes))) }

    /// Sends bytes of an answer.
    public func send(_ bytes: ByteBuffer) throws {
        guard isOpen else { return }
        try channel.writeInbound(bytes)
    }

    /// Sends bytes of an answer as one chunk of its body.
    public func sendChunk(_ bytes: [UInt8]) throws {
        var chunk = ByteBuffer(string: String(bytes.count, radix: 16) + "\r\n")
        chunk.writeBytes(bytes)
        chunk.writeString("\r\n")
        try send(chunk)
    }

    /// Closes the connection.
    public func close() {
        guard isOpen else { return }
        channel.close(promise: nil)
        channel.embeddedEventLoop.run()
    }
}
