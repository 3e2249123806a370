import DequeModule
import Logging
import NIOCore
import NIOHTTP1

/// One client connection: takes the requests to proxied paths, refuses what is not HTTP, and passes every other request
/// on to the control plane.
///
/// Sits right behind the HTTP/1 codec. Requests are answered one at a time, in their order: the first that a client sends
/// ahead waits here, and from then on its socket is not read. Lives on one event loop.
///
/// This file holds the channel's events; `ClientConnection+Requests.swift` what is done with each request, and
/// `ClientConnection+Answers.swift` how it is answered.
public final class ClientConnection: ChannelDuplexHandler {
    public typealias InboundIn = HTTPServerRequestPart
    public typealias InboundOut = HTTPServerRequestPart
    public typealias OutboundIn = HTTPServerResponsePart
    public typealias OutboundOut = HTTPServerResponsePart

    enum Mode {
        /// Between requests.
        case idle
        /// A proxied request.
        case exchange(Exchange)
        /// A request of the control plane.
        case control
        /// The rest of a request that was answered before it was read, with the number of bytes left to discard.
        case discarding(bytesLeft: Int)
    }

    /// One event of the connection's input, in order.
    enum Arrival {
        case part(HTTPServerRequestPart)
        /// The parser gave up; nothing follows.
        case fault(HTTPParserError)
    }

    /// Maximum of a refused request's body that is read, in bytes, so that the client can read the refusal.
    static let discardLimit = 4 << 20

    let proxy: ProxyLoop
    var context: ChannelHandlerContext?
    var mode = Mode.idle
    private var waiting = Deque<Arrival>()
    private var isProcessingWaiting = false
    private var hasPendingRead = false
    /// Whether the parser gave up: no request follows.
    private var isParserDone = false
    var requestEnded = true
    var answerBegan = true
    var answerEnded = true
    var isKeepAlive = true
    var isHTTP10 = false
    /// The origin of the page that sent the request, if pages from there may read the answer.
    var origin: String?
    /// The identifier of a request that is not an exchange's.
    var requestID = ""
    var closesAfterAnswer = false
    /// The record of the current request, if somebody observes.
    var trace: RequestTrace?
    private var lastRead: Int64

    init(proxy: ProxyLoop) {
        self.proxy = proxy
        lastRead = proxy.now
    }

    // MARK: Channel

    public func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        proxy.add(self)
    }

    public func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        proxy.remove(self)
    }

    public func read(context: ChannelHandlerContext) {
        // A client that sends nothing ahead is read all the time: to stop and start for each request costs two system
        // calls.
        if isBusy, !waiting.isEmpty { hasPendingRead = true } else { context.read() }
    }

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastRead = proxy.now
        receive(.part(unwrapInboundIn(data)))
    }

    public func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .control = mode else {
            // The control plane answers a request that was answered for it.
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        passOn(unwrapOutboundIn(data), context, promise)
    }

    public func channelWritabilityChanged(context: ChannelHandlerContext) {
        if case .exchange(let exchange) = mode {
            exchange.clientBecameWritable(context.channel.isWritable)
        }
        context.fireChannelWritabilityChanged()
    }

    public func channelInactive(context: ChannelHandlerContext) {
        proxy.remove(self)
        waiting.removeAll()
        if case .exchange(let exchange) = mode {
            mode = .idle
            exchange.clientLeft()
        }
        trace?.clientEnded(isGone: true)
        trace = nil
        context.fireChannelInactive()
    }

    public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is ChannelShouldQuiesceEvent else { return context.fireUserInboundEventTriggered(event) }
        closesAfterAnswer = true
        switch mode {
        case .idle: context.close(promise: nil)
        case .control: context.fireUserInboundEventTriggered(event)
        // The control plane takes this connection for idle and would close it during the exchange.
        case .exchange, .discarding: break
        }
    }

    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A message that its client did not finish: the connection's end follows.
        guard context.channel.isActive else { return }
        switch error {
        case let error as HTTPParserError:
            guard !isParserDone else { return }
            proxy.logger.debug("client sent malformed HTTP", metadata: ["reason": "\(error)"])
            isParserDone = true
            receive(.fault(error))
        case ByteToMessageDecoderError.dataReceivedInErrorState(_, let bytes):
            lastRead = proxy.now
            if case .discarding = mode { discard(bytes.readableBytes) }
        default:
            proxy.logger.debug("client connection failed", metadata: ["reason": "\(error)"])
            context.close(promise: nil)
        }
    }

    /// Closes a connection on which nothing was received for too long, unless it is being answered.
    func checkDeadlines(now: Int64) {
        guard now - lastRead > proxy.configuration.clientIdleTimeout.nanoseconds else { return }
        switch mode {
        case .idle, .discarding: context?.close(promise: nil)
        case .exchange, .control: if !requestEnded { context?.close(promise: nil) }
        }
    }

    /// Closes the connection, unless an exchange still has to send its final response on it.
    func close() {
        closesAfterAnswer = true
        if case .exchange = mode, requestEnded { return }
        context?.close(promise: nil)
    }

    // MARK: Order

    /// The current request was read whole and is not yet answered: nothing more is read.
    private var isBusy: Bool {
        switch mode {
        case .exchange, .control: requestEnded
        case .idle, .discarding: false
        }
    }

    private func receive(_ arrival: Arrival) {
        if isBusy || !waiting.isEmpty { waiting.append(arrival) } else { process(arrival) }
    }

    /// Goes on with what the client sent ahead, then with its socket. In a loop, however many requests wait: a
    /// request that is refused at once ends while this runs.
    func processWaiting() {
        guard !isProcessingWaiting else { return }
        if !waiting.isEmpty {
            isProcessingWaiting = true
            while !isBusy, let arrival = waiting.popFirst() { process(arrival) }
            isProcessingWaiting = false
            context?.fireChannelReadComplete()
        }
        if !isBusy, hasPendingRead {
            hasPendingRead = false
            context?.read()
        }
    }
}
