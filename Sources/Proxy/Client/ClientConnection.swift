import DequeModule
import Logging
import NIOCore
import NIOHTTP1

/// One client connection: takes the requests to proxied paths, and hands every other on to the control plane.
///
/// Sits right behind the HTTP/1 codec. Requests are answered one at a time: the first that a client sends ahead waits
/// here, and from then on its socket is not read. Lives on one event loop.
public final class ClientConnection: ChannelDuplexHandler {
    public typealias InboundIn = HTTPServerRequestPart
    public typealias InboundOut = HTTPServerRequestPart
    public typealias OutboundIn = HTTPServerResponsePart
    public typealias OutboundOut = HTTPServerResponsePart

    private enum Mode {
        /// Between requests.
        case idle
        /// A proxied request.
        case exchange(Exchange)
        /// A request of the control plane.
        case control
        /// The rest of a request that was refused before it was read; so many bytes are still put up with.
        case discarding(bytesLeft: Int)
    }

    /// How much of a refused request's body is read, so that the client can read the refusal.
    private static let discardLimit = 4 << 20

    private let proxy: ProxyLoop
    private var context: ChannelHandlerContext?
    private var mode = Mode.idle
    private var waiting = Deque<HTTPServerRequestPart>()
    private var isProcessingWaiting = false
    private var hasPendingRead = false
    private var requestEnded = true
    private var answerEnded = true
    private var isKeepAlive = true
    private var isHTTP10 = false
    /// Where the page is from that sent the request, if pages from there may read the answer.
    private var origin: String?
    private var closesAfterAnswer = false
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
        // Whoever sends nothing ahead is read all the time: to stop and start for each request costs two calls of the system.
        if isBusy, !waiting.isEmpty { hasPendingRead = true } else { context.read() }
    }

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        lastRead = proxy.now
        let part = unwrapInboundIn(data)
        if isBusy || !waiting.isEmpty { waiting.append(part) } else { process(part) }
    }

    public func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .control = mode else { return context.write(data, promise: promise) }
        switch unwrapOutboundIn(data) {
        case .head(var head) where origin != nil:
            allowOrigin(in: &head.headers)
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .head, .body:
            context.write(data, promise: promise)
        case .end:
            context.write(data, promise: promise)
            answerEnded = true
            finishRequestIfDone()
        }
    }

    public func channelWritabilityChanged(context: ChannelHandlerContext) {
        if case .exchange(let exchange) = mode {
            exchange.clientBecameWritable(context.channel.isWritable)
        }
        context.fireChannelWritabilityChanged()
    }

    public func channelInactive(context: ChannelHandlerContext) {
        proxy.remove(self)
        if case .exchange(let exchange) = mode {
            mode = .idle
            exchange.clientLeft()
        }
        context.fireChannelInactive()
    }

    public func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard event is ChannelShouldQuiesceEvent else { return context.fireUserInboundEventTriggered(event) }
        closesAfterAnswer = true
        switch mode {
        case .idle: context.close(promise: nil)
        case .control: context.fireUserInboundEventTriggered(event)
        // The control plane believes this connection idle and would close it under the exchange.
        case .exchange, .discarding: break
        }
    }

    public func errorCaught(context: ChannelHandlerContext, error: any Error) {
        proxy.logger.debug("client connection failed", metadata: ["reason": "\(error)"])
        if error is HTTPParserError, case .idle = mode {
            isKeepAlive = false
            requestEnded = true
            answer(
                status: .badRequest, headers: HTTPHeaders(), body: ByteBuffer(string: #"{"error":"Malformed HTTP"}"#))
        } else if error is HTTPParserError, isBusy {
            // What was sent ahead makes no sense; what is being answered does.
            isKeepAlive = false
        } else {
            context.close(promise: nil)
        }
    }

    /// Closes a connection that has not said anything for too long, unless it is being answered.
    func checkDeadlines(now: Int64) {
        guard now - lastRead > proxy.configuration.clientIdleTimeout.nanoseconds else { return }
        switch mode {
        case .idle, .discarding: context?.close(promise: nil)
        case .exchange, .control: if !requestEnded { context?.close(promise: nil) }
        }
    }

    /// Closes the connection, unless an exchange still has to say goodbye on it.
    func close() {
        closesAfterAnswer = true
        if case .exchange = mode, requestEnded { return }
        context?.close(promise: nil)
    }

    // MARK: Requests

    /// The current request was read whole and is not yet answered: nothing more is read.
    private var isBusy: Bool {
        switch mode {
        case .exchange, .control: requestEnded
        case .idle, .discarding: false
        }
    }

    private func process(_ part: HTTPServerRequestPart) {
        if case .end = part { requestEnded = true }
        switch mode {
        case .idle:
            if case .head(let head) = part { begin(head) }
        case .exchange(let exchange):
            exchange.receive(part)
        case .control:
            context?.fireChannelRead(wrapInboundOut(part))
            finishRequestIfDone()
        case .discarding(let bytesLeft):
            if case .body(let bytes) = part {
                mode = .discarding(bytesLeft: bytesLeft - bytes.readableBytes)
                if bytesLeft < bytes.readableBytes { context?.close(promise: nil) }
            }
            finishRequestIfDone()
        }
    }

    private func begin(_ head: HTTPRequestHead) {
        requestEnded = false
        answerEnded = false
        isKeepAlive = head.isKeepAlive
        isHTTP10 = head.version == .http1_0
        let crossOrigin = proxy.configuration.crossOrigin
        origin = crossOrigin.origin(of: head)
        if let origin, crossOrigin.isPreflight(head) {
            mode = .discarding(bytesLeft: Self.discardLimit)
            beginAnswer(status: .noContent, headers: crossOrigin.preflight(head, from: origin))
            return endAnswer()
        }
        let path = head.uri.prefix { $0 != "?" }
        let route = ProxyRoute.match(method: head.method, path: path, headers: head.headers)
        if case .control = route {
            mode = .control
            context?.fireChannelRead(wrapInboundOut(.head(head)))
            return
        }
        let exchange = Exchange(proxy: proxy, client: self, head: head)
        mode = .exchange(exchange)
        switch route {
        case .control: break
        case .proxied(let operation, let model): exchange.begin(operation, model: model)
        case .unknown(let shape): exchange.refuse(.notFound(path: String(path)), shape: shape)
        case .wrongMethod(let shape, let allowed):
            exchange.refuse(.wrongMethod(allowed: allowed), shape: shape, allow: allowed)
        }
    }

    private func finishRequestIfDone() {
        guard answerEnded else { return }
        guard requestEnded else {
            if case .exchange = mode { mode = .discarding(bytesLeft: Self.discardLimit) }
            return
        }
        mode = .idle
        processWaiting()
    }

    /// Goes on with what the client sent ahead, then with its socket. In a loop, however many requests wait: a
    /// request that is refused at once ends while this runs.
    private func processWaiting() {
        guard !isProcessingWaiting else { return }
        if !waiting.isEmpty {
            isProcessingWaiting = true
            while !isBusy, let part = waiting.popFirst() { process(part) }
            isProcessingWaiting = false
            context?.fireChannelReadComplete()
        }
        if !isBusy, hasPendingRead {
            hasPendingRead = false
            context?.read()
        }
    }

    // MARK: Answers of the exchange

    /// The address at the other end of the connection.
    var peer: String? { context?.channel.remoteAddress?.ipAddress }

    var isWritable: Bool { context?.channel.isWritable ?? false }

    /// Tells a client that waits for it to send its body.
    func invite() {
        write(.head(HTTPResponseHead(version: .http1_1, status: .continue)))
        flush()
    }

    func beginAnswer(status: HTTPResponseStatus, headers: HTTPHeaders) {
        var headers = headers
        if case .exchange = mode { allowOrigin(in: &headers) }
        // To HTTP/1.0 an answer without a length ends with its connection.
        if isHTTP10, !headers.contains(name: "content-length") { isKeepAlive = false }
        if !isKeepAlive || closesAfterAnswer {
            headers.add(name: "connection", value: "close")
        } else if isHTTP10 {
            headers.add(name: "connection", value: "keep-alive")
        }
        write(.head(HTTPResponseHead(version: isHTTP10 ? .http1_0 : .http1_1, status: status, headers: headers)))
    }

    func continueAnswer(_ bytes: ByteBuffer) {
        write(.body(.byteBuffer(bytes)))
    }

    func flush() {
        context?.flush()
    }

    func endAnswer() {
        guard let context else { return }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        answerEnded = true
        if !isKeepAlive || closesAfterAnswer { return closeWhenRead(context) }
        finishRequestIfDone()
    }

    /// Writes a whole answer.
    func answer(status: HTTPResponseStatus, headers: HTTPHeaders, body: ByteBuffer) {
        var headers = headers
        headers.add(name: "content-length", value: String(body.readableBytes))
        beginAnswer(status: status, headers: headers)
        continueAnswer(body)
        endAnswer()
    }

    /// Closes after an answer: at once if the request was read whole, else when the client stops sending, so that it
    /// can read the answer.
    private func closeWhenRead(_ context: ChannelHandlerContext) {
        if requestEnded {
            context.close(promise: nil)
        } else {
            mode = .discarding(bytesLeft: Self.discardLimit)
            context.close(mode: .output, promise: nil)
        }
    }

    private func allowOrigin(in headers: inout HTTPHeaders) {
        if let origin { proxy.configuration.crossOrigin.allow(origin, in: &headers) }
    }

    private func write(_ part: HTTPServerResponsePart) {
        context?.write(wrapOutboundOut(part), promise: nil)
    }
}
