import Accounts
import NIOCore
import NIOHTTP1
import Observability

/// Writing of answers to a connection's requests.
extension ClientConnection {
    /// The address at the other end of the connection.
    var peer: String? { context?.channel.remoteAddress?.ipAddress }

    var isWritable: Bool { context?.channel.isWritable ?? false }

    /// Sends the interim response 100, for which a client may wait before it sends its body.
    func sendContinue() {
        // HTTP/1.0 knows no interim responses.
        guard !isHTTP10 else { return }
        write(.head(HTTPResponseHead(version: .http1_1, status: .continue)))
        flush()
    }

    func beginAnswer(status: HTTPResponseStatus, headers: HTTPHeaders) {
        var headers = headers
        allowOrigin(in: &headers)
        // To HTTP/1.0 an answer without a length ends with its connection.
        if isHTTP10, !headers.contains(name: HeaderName.contentLength) { isKeepAlive = false }
        describeConnection(in: &headers)
        answerBegan = true
        trace?.answerBegan(status: status.code)
        write(.head(HTTPResponseHead(version: isHTTP10 ? .http1_0 : .http1_1, status: status, headers: headers)))
    }

    func continueAnswer(_ bytes: ByteBuffer) {
        trace?.record.bytesOut += bytes.readableBytes
        write(.body(.byteBuffer(bytes)))
    }

    func flush() {
        context?.flush()
    }

    func endAnswer() {
        guard let context else { return }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        answerWasWritten(context)
    }

    /// Ends an answer that is not complete: only the end of the connection can tell the client so.
    func breakOffAnswer() { context?.close(promise: nil) }

    /// Writes a whole answer.
    func answer(status: HTTPResponseStatus, headers: HTTPHeaders, body: ByteBuffer) {
        var headers = headers
        headers.add(name: HeaderName.contentLength, value: String(body.readableBytes))
        beginAnswer(status: status, headers: headers)
        continueAnswer(body)
        endAnswer()
    }

    /// Writes a part of the control plane's answer.
    func passOn(
        _ part: HTTPServerResponsePart, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?
    ) {
        switch part {
        case .head(var head):
            allowOrigin(in: &head.headers)
            if isHTTP10 {
                head.version = .http1_0
                if !head.headers.contains(name: HeaderName.contentLength) { isKeepAlive = false }
            }
            describeConnection(in: &head.headers)
            head.headers.add(name: HeaderName.requestID, value: requestID)
            answerBegan = true
            trace?.answerBegan(status: head.status.code)
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case .body(let bytes):
            trace?.record.bytesOut += bytes.readableBytes
            context.write(wrapOutboundOut(part), promise: promise)
        case .end:
            if closes {
                context.writeAndFlush(wrapOutboundOut(part), promise: promise)
            } else {
                context.write(wrapOutboundOut(part), promise: promise)
            }
            answerWasWritten(context)
        }
    }

    /// Closes after an answer: at once if the request was read whole, else when the client stops sending, so that it
    /// can read the answer.
    func closeWhenRead(_ context: ChannelHandlerContext) {
        if requestEnded {
            context.close(promise: nil)
        } else {
            mode = .discarding(bytesLeft: Self.discardLimit)
            context.close(mode: .output, promise: nil)
        }
    }

    private var closes: Bool { !isKeepAlive || closesAfterAnswer }

    private func answerWasWritten(_ context: ChannelHandlerContext) {
        answerEnded = true
        trace?.clientEnded(isGone: false)
        trace = nil
        if closes { closeWhenRead(context) } else { finishRequestIfDone() }
    }

    /// Tells the client whether another request may follow.
    private func describeConnection(in headers: inout HTTPHeaders) {
        if closes {
            // A field `Upgrade` is hop-by-hop and has to be named as such (RFC 9110, 7.8).
            let options = headers.contains(name: HeaderName.upgrade) ? "upgrade, close" : "close"
            headers.replaceOrAdd(name: HeaderName.connection, value: options)
        } else if isHTTP10 {
            headers.replaceOrAdd(name: HeaderName.connection, value: "keep-alive")
        }
    }

    private func allowOrigin(in headers: inout HTTPHeaders) {
        if let origin { proxy.configuration.crossOrigin.allow(origin, in: &headers) }
    }

    private func write(_ part: HTTPServerResponsePart) {
        context?.write(wrapOutboundOut(part), promise: nil)
    }
}
