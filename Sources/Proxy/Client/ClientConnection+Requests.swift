import Accounts
import Admission
import Metering
import NIOCore
import NIOHTTP1
import Observability
import Timekeeping

/// Dispatch of a connection's requests: to an exchange, to the control plane, or to a refusal.
extension ClientConnection {
    func process(_ arrival: Arrival) {
        switch arrival {
        case .part(let part): process(part)
        case .fault(let error): process(error)
        }
    }

    private func process(_ part: HTTPServerRequestPart) {
        if case .end = part { requestEnded = true }
        if case .body(let bytes) = part { trace?.record.bytesIn += bytes.readableBytes }
        switch mode {
        case .idle:
            if case .head(let head) = part { begin(head) }
        case .exchange(let exchange):
            exchange.receive(part)
        case .control:
            context?.fireChannelRead(wrapInboundOut(part))
            finishRequestIfDone()
        case .discarding:
            if case .body(let bytes) = part { discard(bytes.readableBytes) }
            finishRequestIfDone()
        }
    }

    private func begin(_ head: HTTPRequestHead) {
        requestEnded = false
        answerBegan = false
        answerEnded = false
        isHTTP10 = head.version == .http1_0
        let facts = RequestHeadFacts(head)
        // Behind a request for an upgrade the parser reads nothing more.
        isKeepAlive = head.isKeepAlive && !facts.asksForUpgrade
        let crossOrigin = proxy.configuration.crossOrigin
        origin = crossOrigin.origin(of: head)
        let target = Self.target(head)
        // Of a target that is refused only the beginning counts, which decides how the error looks.
        let path = (try? target.get().path) ?? head.uri.prefix { $0 != "?" }
        let route = ProxyRoute.match(method: head.method, path: path, headers: head.headers)
        trace = proxy.trace()
        trace?.record.method = head.method.rawValue
        trace?.record.path = LoggedPath.redact(path)
        let valid: RequestTarget
        switch (facts.fault, target) {
        case (let fault?, _), (nil, .failure(let fault)): return refuse(fault, RefusalShape(of: route, path))
        case (nil, .success(let target)): valid = target
        }
        if let origin, crossOrigin.isPreflight(head) {
            self.origin = nil
            mode = .discarding(bytesLeft: Self.discardLimit)
            nameRequest()
            beginAnswer(status: .noContent, headers: crossOrigin.preflight(head, from: origin))
            return endAnswer()
        }
        switch route {
        case .control: passOn(head, valid, facts)
        case .unknown(let shape): refuse(.notFound(path: String(path)), .proxied(shape))
        case .wrongMethod(let shape, let allowed):
            if facts.asksForWebSocket { return refuse(.noWebSocket, .proxied(shape), [HeaderName.upgrade: "HTTP/1.1"]) }
            let methods = allowed.map(\.rawValue).joined(separator: ", ")
            refuse(.wrongMethod(allowed: allowed), .proxied(shape), [HeaderName.allow: methods])
        case .proxied(let operation, let parameter):
            var head = head
            if head.uri != valid.uri { head.uri = valid.uri }
            let exchange = Exchange(proxy: proxy, client: self, head: head)
            mode = .exchange(exchange)
            exchange.begin(operation, parameter: parameter)
        }
    }

    /// Makes the identifier of a request that is not an exchange's.
    @discardableResult
    private func nameRequest() -> String {
        let text = UUIDv7(time: proxy.admission.time.now(), using: &proxy.random).requestText
        requestID = text
        trace?.record.requestID = text
        return text
    }

    private static func target(_ head: HTTPRequestHead) -> Result<RequestTarget, HTTPFault> {
        Result { () throws(HTTPFault) in try RequestTarget(parsing: head.uri) }
    }

    /// Gives a request to the control plane, with the path that its route was chosen by.
    private func passOn(_ head: HTTPRequestHead, _ target: RequestTarget, _ facts: RequestHeadFacts) {
        mode = .control
        var head = head
        if head.uri != target.uri { head.uri = target.uri }
        nameRequest()
        if facts.expectsContinue { sendContinue() }
        context?.fireChannelRead(wrapInboundOut(.head(head)))
    }

    /// The request that was read ended and is answered: goes on with the next.
    func finishRequestIfDone() {
        guard answerEnded else { return }
        guard requestEnded else {
            if case .exchange = mode { mode = .discarding(bytesLeft: Self.discardLimit) }
            return
        }
        mode = .idle
        processWaiting()
    }

    func discard(_ bytes: Int) {
        guard case .discarding(let bytesLeft) = mode else { return }
        mode = .discarding(bytesLeft: bytesLeft - bytes)
        if bytesLeft < bytes { context?.close(promise: nil) }
    }

    // MARK: Faults and refusals

    /// The parser gave up, in a request or instead of one: answers, if that is still possible, and closes.
    private func process(_ error: HTTPParserError) {
        isKeepAlive = false
        switch mode {
        case .idle:
            requestEnded = false
            answerBegan = false
            answerEnded = false
            origin = nil
            trace = proxy.trace()
            refuse(HTTPFault(error, isInBody: false), .plain)
        case .exchange(let exchange):
            exchange.refuse(ErrorAnswer(HTTPFault(error, isInBody: true)))
        case .control where !answerBegan:
            refuse(HTTPFault(error, isInBody: true), .plain)
            // Ends the control plane's wait for the rest of the body.
            context?.fireErrorCaught(error)
        case .control, .discarding:
            // Answered, or in the middle of it.
            guard let context, answerEnded else { return closeNow() }
            closeWhenRead(context)
        }
    }

    private func closeNow() { context?.close(promise: nil) }

    private func refuse(_ fault: HTTPFault, _ shape: RefusalShape) {
        isKeepAlive = false
        refuse(ErrorAnswer(fault), shape)
    }

    /// Answers a request that never becomes an exchange, and discards its body.
    ///
    /// - Parameter fields: Header fields of the refusal's own.
    private func refuse(_ error: ErrorAnswer, _ shape: RefusalShape, _ fields: HTTPHeaders = [:]) {
        mode = .discarding(bytesLeft: Self.discardLimit)
        let requestID = nameRequest()
        trace?.refused(code: error.code)
        var headers = shape.headers(requestID: requestID, now: proxy.admission.time.now())
        headers.add(name: HeaderName.contentType, value: "application/json")
        headers.add(contentsOf: fields)
        answer(
            status: error.status, headers: headers, body: ByteBuffer(string: shape.body(error, requestID: requestID)))
    }
}
