import NIOCore
import NIOHTTP1

/// The events of an upstream connection that is being answered.
protocol UpstreamAnswerReceiver: AnyObject {
    func upstreamAnswerBegan(_ head: HTTPResponseHead)
    func upstreamAnswerContinued(_ bytes: ByteBuffer)
    func upstreamAnswerEnded()
    func upstreamReadCompleted()
    func upstreamClosed(_ error: (any Error)?)
}

/// One HTTP/1.1 connection to an upstream: the last handler of its pipeline.
///
/// Lives on one event loop, on which its exchange and the exchange's client live too.
final class UpstreamConnection: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = HTTPClientRequestPart

    /// The exchange that is being answered, if any.
    weak var receiver: (any UpstreamAnswerReceiver)?
    /// When it was released into the pool, in monotonic nanoseconds.
    var idleSince: Int64 = 0
    /// Requests begun on this connection.
    private(set) var requests = 0
    /// Whether another request may follow.
    private(set) var isReusable = false

    private var context: ChannelHandlerContext?
    private var mayRead = true
    private var hasPendingRead = false
    private var lastError: (any Error)?
    private let onIdleClose: (UpstreamConnection) -> Void

    init(onIdleClose: @escaping (UpstreamConnection) -> Void) {
        self.onIdleClose = onIdleClose
    }

    var isActive: Bool { context?.channel.isActive ?? false }

    /// Sends a whole request.
    func send(_ head: HTTPRequestHead, body: ByteBuffer?) {
        guard let context else { return }
        requests += 1
        isReusable = false
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if let body { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    /// Stops reading, so that no more is read than the client can take, or goes on.
    func setReading(_ reading: Bool) {
        mayRead = reading
        if reading, hasPendingRead {
            hasPendingRead = false
            context?.read()
        }
    }

    func close() {
        receiver = nil
        context?.close(promise: nil)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func read(context: ChannelHandlerContext) {
        if mayRead { context.read() } else { hasPendingRead = true }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            isReusable = head.isKeepAlive
            receiver?.upstreamAnswerBegan(head)
        case .body(let bytes): receiver?.upstreamAnswerContinued(bytes)
        case .end: receiver?.upstreamAnswerEnded()
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        receiver?.upstreamReadCompleted()
    }

    func channelInactive(context: ChannelHandlerContext) {
        isReusable = false
        if let receiver {
            self.receiver = nil
            receiver.upstreamClosed(lastError)
        } else {
            onIdleClose(self)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        lastError = error
        context.close(promise: nil)
    }
}
