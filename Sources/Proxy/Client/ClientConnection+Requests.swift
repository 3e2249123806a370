import Accounts
import Admission
import NIOCore
import NIOHTTP1
import Observability
import Timekeeping

/// What becomes of a connection's requests.
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
        let dispatch = RequestDispatch(head, proxy.configuration.crossOrigin)
        // Behind a request for an upgrade the parser reads nothing more.
        isKeepAlive = head.isKeepAlive && !dispatch.facts.asksForUpgrade
        origin = dispatch.origin
        trace = proxy.trace()
        trace?.record.method = head.method.rawValue
        trace?.record.path = LoggedPath.redact(dispatch.path)
        var head = head
        if head.uri != dispatch.uri { head.uri = dispatch.uri }
        switch dispatch.destination {
        case .exchange(let operation, let parameter):
            let exchange = Exchange(proxy: proxy, client: self, head: head)
            mode = .exchange(exchange)
            exchange.begin(operation, parameter: parameter)
        case .control: passOn(head, dispatch.facts)
        case .preflight(let origin): answerPreflight(head, from: origin)
        case .refusal(let refusal): refuse(refusal)
        }
    }

    private func answerPreflight(_ head: HTTPRequestHead, from origin: String) {
        self.origin = nil
        mode = .discarding(bytesLeft: Self.discardLimit)
        nameRequest()
        beginAnswer(status: .noContent, headers: proxy.configuration.crossOrigin.preflight(head, from: origin))
        endAnswer()
    }

    /// Makes the identifier of a request that is not an exchange's.
    @discardableResult
    private func nameRequest() -> String {
        let text = UUIDv7(time: proxy.admission.time.now(), using: &proxy.random).requestText
        requestID = text
        trace?.record.requestID = text
        return text
    }

    /// Gives a request to the control plane, with the path that its route was chosen by.
    private func passOn(_ head: HTTPRequestHead, _ facts: RequestHeadFacts) {
        mode = .control
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
            refuse(RefusalAnswer(HTTPFault(error, isInBody: false), .plain))
        case .exchange(let exchange):
            exchange.refuse(ErrorAnswer(HTTPFault(error, isInBody: true)))
        case .control where !answerBegan:
            refuse(RefusalAnswer(HTTPFault(error, isInBody: true), .plain))
            // Ends the control plane's wait for the rest of the body.
            context?.fireErrorCaught(error)
        case .control, .discarding:
            // Answered, or in the middle of it.
            guard let context, answerEnded else { return closeNow() }
            closeWhenRead(context)
        }
    }

    private func closeNow() { context?.close(promise: nil) }

    /// Answers a request that never becomes an exchange, and discards its body.
    private func refuse(_ refusal: RefusalAnswer) {
        if refusal.endsConnection { isKeepAlive = false }
        mode = .discarding(bytesLeft: Self.discardLimit)
        let requestID = nameRequest()
        trace?.refused(code: refusal.error.code)
        answer(
            status: refusal.error.status,
            headers: refusal.headers(requestID: requestID, now: proxy.admission.time.now()),
            body: ByteBuffer(string: refusal.body(requestID: requestID)))
    }
}
