import Accounts
import Admission
import Ledger
import Metering
import Money
import NIOCore
import NIOHTTP1
import Timekeeping

/// One proxied request, from its head to its row in the ledger.
///
/// Performs what ``ExchangeMachine`` decides. Read in this order: `begin`, `receive`, `admit` (here), the
/// upstream's side (`Exchange+Upstream.swift`), the end (`Exchange+Ending.swift`). Lives on one event loop, together
/// with its client and its upstream connection.
final class Exchange {
    let proxy: ProxyLoop
    let head: HTTPRequestHead
    let requestID: UUIDv7
    let startedAt: Timestamp
    let startedNanoseconds: Int64

    var machine = ExchangeMachine()
    /// Nil once the client is gone or answered.
    var client: ClientConnection?
    private(set) var operation = Operation.allCases[0]
    /// The protocol of the answers to the client.
    var shape: UpstreamProtocol { operation.upstreamProtocol }
    /// The model that the path names, if it names one.
    private var modelInPath: String?
    private var principal: Principal?
    private var headroom: RateHeadroom?
    private(set) var body = ByteBuffer()
    /// What was read of the request's body.
    private(set) var facts: RequestFacts?
    /// The money that is held; nil before admission, after settlement, and for what costs nothing.
    var held: HeldRequest?

    var connection: UpstreamConnection?
    /// Attempts whose answer was not the client's.
    var failedAttempts: [FailedAttempt] = []
    /// When the attempt in progress began, in monotonic nanoseconds.
    var attemptStarted: Int64 = 0
    /// When the next attempt begins, in monotonic nanoseconds.
    var nextAttempt = Int64.max
    /// Bytes of text that a stream may have before its cost is looked at again.
    var textAllowance: Int64 = -1
    var answer = UpstreamAnswer.none
    /// The status that the client got.
    var clientStatus: Int?
    var firstByteNanoseconds: Int64?
    /// Monotonic nanoseconds after which the upstream is too slow.
    var deadline = Int64.max
    /// When something was last written into the stream.
    var lastWrite: Int64 = 0
    /// Bytes read for a client that was gone.
    var drainedBytes = 0
    var drainDeadline = Int64.max

    init(proxy: ProxyLoop, client: ClientConnection, head: HTTPRequestHead) {
        self.proxy = proxy
        self.client = client
        self.head = head
        startedAt = proxy.admission.time.now()
        startedNanoseconds = proxy.now
        requestID = UUIDv7(time: startedAt, using: &proxy.random)
    }

    // MARK: The request

    /// Reads the head: who is it, and may the body come?
    func begin(_ operation: Operation, model: String?) {
        self.operation = operation
        modelInPath = model
        guard let key = head.headers.presentedKey else { return refuse(ErrorAnswer(.unknownKey)) }
        switch proxy.admission.authenticate(key.utf8) {
        case .key(let principal): self.principal = principal
        case .management: return refuse(ErrorAnswer(.wrongKind))
        case nil: return refuse(ErrorAnswer(proxy.isOperatorKey(key) ? .wrongKind : .unknownKey))
        }
        guard principal?.allows(from: clientAddress) ?? false else { return refuse(ErrorAnswer(.addressNotAllowed)) }
        guard !proxy.isStopping else { return refuse(ErrorAnswer(.stopping)) }
        guard proxy.pool(shape) != nil else { return refuse(.notFound(path: head.uri)) }
        if let encoding = head.headers.first(name: "content-encoding"), encoding.lowercased() != "identity" {
            return refuse(.encodedBody)
        }
        if let length = head.headers.first(name: "content-length").flatMap({ Int($0) }) {
            guard length <= proxy.configuration.maximumRequestBody else { return refuseTooLarge() }
            body.reserveCapacity(min(length, 1 << 20))
        }
        if head.headers.first(name: "expect")?.lowercased() == "100-continue" { client?.invite() }
    }

    /// Where the request comes from, as far as that can be known.
    private var clientAddress: IPAddress? {
        proxy.configuration.trustedProxies.client(
            of: client?.peer.flatMap { IPAddress($0) }, forwardedFor: head.headers["x-forwarded-for"])
    }

    /// Takes the parts of the request's body.
    func receive(_ part: HTTPServerRequestPart) {
        switch part {
        case .head: break
        case .body(var bytes):
            guard body.readableBytes + bytes.readableBytes <= proxy.configuration.maximumRequestBody else {
                return refuseTooLarge()
            }
            body.writeBuffer(&bytes)
        case .end: operation.readsModelList ? readModelList() : admit()
        }
    }

    private func refuseTooLarge() {
        refuse(.tooLarge(limit: proxy.configuration.maximumRequestBody))
    }

    // MARK: Admission

    private func admit() {
        guard let principal else { return }
        let facts: RequestFacts
        switch Self.scan(body, operation, model: modelInPath) {
        case .success(let scanned): facts = scanned
        case .failure(let fault): return refuse(ErrorAnswer(fault))
        }
        self.facts = facts
        let demand = RequestDemand(operation: operation, facts: facts)
        let bound = NIOLoopBound(self, eventLoop: proxy.loop)
        let decision = proxy.admission.admit(
            demand, of: principal, requestID: requestID, startedAt: startedAt
        ) { isDurable in
            bound.eventLoop.execute { bound.value.holdWasWritten(isDurable) }
        }
        switch consume decision {
        case .admitted(let held, let headroom):
            let edits = facts.edits(limitingOutputTo: held.outputLimit)
            self.held = consume held
            self.headroom = headroom
            if !edits.isEmpty { body = body.replacing(edits) }
            proxy.add(self)
            perform(machine.admitted())
        case .refused(let refusal, let headroom):
            self.headroom = headroom
            refuse(ErrorAnswer(refusal))
        }
    }

    private static func scan(
        _ body: ByteBuffer, _ operation: Operation, model: String?
    ) -> Result<RequestFacts, RequestFault> {
        Result { () throws(RequestFault) in
            try RequestFacts(scanning: body.readableBytesUInt8Span, for: operation, model: model)
        }
    }

    private func readModelList() {
        headroom = principal.flatMap { proxy.admission.headroom(of: $0.keyID) }
        if let list = proxy.modelLists.list(shape, now: proxy.now) { return answerModels(list) }
        proxy.add(self)
        perform(machine.admittedWithoutHold())
    }

    /// Answers with the models of a list that the key may use, or with the one that the path names.
    func answerModels(_ list: ByteBuffer) {
        guard let principal else { return }
        let answer: ByteBuffer?
        if let modelInPath {
            answer = principal.allows(model: modelInPath) ? ModelAnswer.entry(of: modelInPath, in: list, shape) : nil
            guard answer != nil else { return refuse(ErrorAnswer(.modelNotPriced(model: modelInPath))) }
        } else if principal.allowedModels == nil {
            answer = list
        } else {
            answer = ModelAnswer.list(list, shape, keeping: principal.allows(model:))
        }
        var headers = commonHeaders()
        headers.add(name: "content-type", value: "application/json")
        answerClient(.ok, headers, answer ?? ByteBuffer())
    }

    private func holdWasWritten(_ isDurable: Bool) {
        perform(isDurable ? machine.holdBecameDurable() : machine.holdFailed())
    }

    // MARK: The client

    /// The client's connection closed.
    func clientWentAway() {
        client = nil
        perform(machine.clientWentAway(drains: held?.disconnect != .cancel))
    }

    /// The client's connection can take more, or cannot.
    func clientBecameWritable(_ isWritable: Bool) {
        connection?.setReading(isWritable)
    }

    /// Answers with an error of our own.
    func refuse(_ error: ErrorAnswer, shape: UpstreamProtocol? = nil, allow: HTTPMethod? = nil) {
        let shape = shape ?? self.shape
        var headers = AnswerHeaders.common(
            shape, requestID: requestID.requestText, headroom: headroom, now: proxy.admission.time.now())
        headers.add(name: "content-type", value: "application/json")
        if let allow { headers.add(name: "allow", value: allow.rawValue) }
        if let seconds = error.retryAfter { headers.add(name: "retry-after", value: String(seconds)) }
        if !error.mayBeRetried { headers.add(name: "x-should-retry", value: "false") }
        answerClient(error.status, headers, ByteBuffer(string: error.body(shape, requestID: requestID.requestText)))
    }

    /// Writes a whole answer.
    func answerClient(_ status: HTTPResponseStatus, _ headers: HTTPHeaders, _ body: ByteBuffer) {
        clientStatus = Int(status.code)
        guard let client else { return }
        self.client = nil
        client.answer(status: status, headers: headers, body: body)
    }

    /// Returns the header fields that every answer has.
    func commonHeaders() -> HTTPHeaders {
        AnswerHeaders.common(
            shape, requestID: requestID.requestText, headroom: headroom, now: proxy.admission.time.now())
    }

    // MARK: Decisions

    /// Does what the machine decided.
    func perform(_ action: ExchangeMachine.Action) {
        switch action {
        case .wait: break
        case .connect: connect()
        case .pause: pause()
        case .send: send()
        case .returnConnection: returnConnection()
        case .release: releaseAnswer()
        case .drain: drain()
        case .cancel: closeUpstream()
        case .finish(let ending): finish(ending)
        case .forget: proxy.remove(self)
        }
    }
}

extension ByteBuffer {
    /// Returns a copy in which some ranges of the readable bytes are replaced (sorted and disjoint).
    fileprivate func replacing(_ edits: [BodyEdit]) -> ByteBuffer {
        var result = ByteBuffer()
        result.reserveCapacity(edits.reduce(readableBytes) { $0 + $1.replacement.count })
        var position = 0
        for edit in edits + [BodyEdit(range: readableBytes..<readableBytes, replacement: [])] {
            if let kept = getSlice(at: readerIndex + position, length: edit.range.lowerBound - position) {
                result.writeImmutableBuffer(kept)
            }
            result.writeBytes(edit.replacement)
            position = edit.range.upperBound
        }
        return result
    }
}
