import Accounts
import Admission
import Codings
import Ledger
import Logging
import Metering
import NIOCore
import NIOHTTP1
import Observability
import Pricing
import Timekeeping

/// One proxied request, from its head to its row in the ledger.
///
/// Performs what ``ExchangeMachine`` decides, with ``RequestIntake``, ``Attempt``, ``StreamAnswer`` and ``Conclusion``. Lives
/// on one event loop, together with its client and its upstream connection. Values that it holds call nobody: whoever is
/// called (client, connection) may call back.
final class Exchange {
    /// The request's identifier, in the client's answer and in the ledger.
    var requestID: UUIDv7 { answers.requestID }

    /// Identifies the exchange on its event loop.
    let number: UInt64

    // State; changed only here and in `Exchange+Upstream.swift`.
    let proxy: ProxyLoop
    var machine: ExchangeMachine
    var intake: RequestIntake
    var answers: ClientAnswer
    var progress: ExchangeProgress
    /// Nil once the client has left or its answer is complete.
    var client: ClientConnection?
    /// The record of the request, if it has observers.
    let trace: RequestTrace?
    /// The money that is held; nil before admission, after settlement, and for what costs nothing.
    var held: HeldRequest?
    /// The latest attempt.
    var attempt: Attempt?

    init(proxy: ProxyLoop, client: ClientConnection, head: HTTPRequestHead) {
        self.proxy = proxy
        self.client = client
        number = proxy.nextExchangeNumber()
        let (now, startedAt) = (proxy.now, proxy.admission.time.now())
        machine = ExchangeMachine(limits: proxy.exchangeLimits, now: now)
        intake = RequestIntake(head: head)
        answers = ClientAnswer(requestID: UUIDv7(time: startedAt, using: &proxy.random))
        progress = ExchangeProgress(startedAt: startedAt, started: now)
        trace = client.trace
        trace?.record.requestID = answers.requestID.requestText
    }

    // MARK: Request

    /// Begins with the request's head.
    ///
    /// - Parameter parameter: The model or the stored object that the path names, if it names one.
    func begin(_ operation: Operation, parameter: String?) {
        answers.shape = operation.upstreamProtocol
        trace?.record.operation = operation
        if operation.model == .path { trace?.record.model = parameter }
        let refusal = intake.begin(operation, parameter: parameter, in: proxy, peer: client?.peer)
        if let principal = intake.principal { trace?.identified(principal) }
        if let refusal { return refuse(refusal) }
        intake.codedBody?.completion = { [weak self] in self?.bodyWasDecoded($0) }
        if intake.expectsContinue { client?.sendContinue() }
    }

    /// Takes the parts of the request's body.
    func receive(_ part: HTTPServerRequestPart) {
        switch part {
        case .head: break
        case .body(let bytes):
            if let coded = intake.codedBody { return coded.append(bytes) }
            if let refusal = intake.append(bytes, limit: proxy.configuration.maximumRequestBody) { refuse(refusal) }
        case .end:
            if let coded = intake.codedBody { return coded.end() }
            bodyIsComplete()
        }
    }

    private func bodyWasDecoded(_ result: Result<ByteBuffer, DecodingFault>) {
        switch result {
        case .success(let body):
            intake.takeDecoded(body)
            bodyIsComplete()
        case .failure(let fault): refuse(ErrorAnswer(fault, limit: proxy.configuration.maximumRequestBody))
        }
    }

    private func bodyIsComplete() { intake.operation.readsModelList ? readModelList() : readRequest() }

    private func readRequest() {
        switch intake.scan() {
        case .success(let demand):
            intake.checkObjects(demand, in: proxy) { [self] checked in
                switch checked {
                case .success(let demand): admit(demand)
                case .failure(let refusal): refuse(refusal)
                }
            }
        case .failure(let fault): refuse(ErrorAnswer(fault))
        }
    }

    private func admit(_ demand: RequestDemand) {
        // The client may have left while named objects were checked.
        guard let principal = intake.principal, client != nil else { return }
        trace?.record.model = demand.model
        let bound = NIOLoopBound(self, eventLoop: proxy.loop)
        let decision = proxy.admission.admit(
            demand, of: principal, requestID: requestID, startedAt: progress.startedAt
        ) { isDurable in
            bound.eventLoop.execute {
                let exchange = bound.value
                exchange.perform(isDurable ? exchange.machine.holdBecameDurable() : exchange.machine.holdFailed())
            }
        }
        switch consume decision {
        case .admitted(let held, let headroom):
            intake.edit(limitingOutputTo: held.outputLimit, endUser: proxy.endUser(of: principal, at: answers.shape))
            self.held = consume held
            answers.headroom = headroom
            start(machine.admitted())
        case .refused(let refusal, let headroom):
            answers.headroom = headroom
            refuse(ErrorAnswer(refusal))
        }
    }

    private func readModelList() {
        answers.headroom = intake.principal.flatMap { proxy.admission.headroom(of: $0.keyID) }
        if let list = proxy.modelLists.list(answers.shape, now: proxy.now) { return answerModels(list) }
        start(machine.admittedWithoutHold())
    }

    private func start(_ action: ExchangeMachine.Action) {
        progress.admitted = proxy.now
        proxy.add(self)
        trace?.exchangeBegan()
        perform(action)
    }

    // MARK: Decisions

    /// Performs what the machine decided.
    func perform(_ action: ExchangeMachine.Action) {
        switch action {
        case .wait: break
        case .connect: connect()
        case .retry:
            recordFailure()
            connect()
        case .pause: recordFailure()
        case .send: send()
        case .releaseConnection: releaseConnection()
        case .beginStream: beginStream()
        case .extendHold: extendHold()
        case .readAhead: attempt?.allowReadAhead()
        case .ping: ping()
        case .drain: attempt?.connection?.setReading(true)
        case .cancel: attempt?.close()
        case .finish(let ending, let delivery): finish(ending, delivery)
        case .forget: proxy.remove(self)
        }
    }

    // MARK: Client

    /// The client's connection closed.
    func clientLeft() {
        client = nil
        perform(machine.clientLeft(drains: held?.disconnect != .cancel, now: proxy.now))
    }

    /// The client's connection can take more, or cannot.
    func clientBecameWritable(_ isWritable: Bool) {
        attempt?.connection?.setReading(isWritable)
    }

    /// Answers with an error of the gateway's own.
    func refuse(_ error: ErrorAnswer) {
        trace?.refused(code: error.code)
        answer(answers.error(error, now: proxy.admission.time.now()))
    }

    private func answerModels(_ list: ByteBuffer) {
        switch intake.models(in: list) {
        case .success(let models): answer(answers.models(models, now: proxy.admission.time.now()))
        case .failure(let refusal): refuse(refusal)
        }
    }

    private func answer(_ whole: WholeAnswer) {
        progress.answerBegan(status: Int(whole.status.code), now: proxy.now)
        client.take()?.answer(status: whole.status, headers: whole.headers, body: whole.body)
    }

    // MARK: Time and end

    /// Called a few times a second by the loop.
    func checkDeadlines(now: Int64) {
        if let failure = attempt?.checkDeadline(now: now) {
            return perform(machine.attemptFailed(failure, now: now))
        }
        if attempt?.beginOverdueStream(now: now, requestID: requestID) ?? false { perform(machine.streamBegan()) }
        let isSilent = now - progress.lastWrite > proxy.configuration.pingInterval.nanoseconds
        perform(machine.timePassed(now: now, isSilent: isSilent))
    }

    /// The gateway cannot wait longer.
    func stop() {
        perform(machine.stop())
    }

    /// Settles, then ends the client's answer: whoever reads the balance after an answer finds it charged.
    private func finish(_ ending: ExchangeMachine.Ending, _ delivery: ExchangeMachine.Delivery) {
        proxy.remove(self)
        defer { trace?.exchangeEnded() }
        attempt?.close()
        let conclusion = Conclusion(
            ending, delivery, answer: attempt?.takeAnswer() ?? .none, operation: intake.operation,
            objects: intake.facts?.objectsGiven ?? .none, estimate: estimate)
        intake.follow(conclusion, of: requestID, in: proxy)
        if conclusion.isAccountInTrouble {
            proxy.logger.critical(
                "upstream account is in trouble: its key is refused or its balance is empty",
                metadata: ["request": "\(requestID.requestText)"])
        }
        settle(conclusion, delivery, isHoldDurable: ending != .holdFailed)
        send(conclusion.message)
    }

    private func settle(_ conclusion: Conclusion, _ delivery: ExchangeMachine.Delivery, isHoldDurable: Bool) {
        guard let held = held.take() else { return }
        guard isHoldDurable else { return proxy.admission.abandon(held) }
        let outcome = progress.outcome(of: conclusion, isClientPresent: delivery != .clientGone, now: proxy.now)
        let cost = proxy.admission.settle(held, outcome)
        trace?.settled(outcome, cost: cost)
    }

    /// What usage is estimated from; nil for what is never charged.
    var estimate: UsageEstimate? {
        guard let price = held?.price, let demand = held?.demand, let amount = held?.hold.amount else { return nil }
        return UsageEstimate(
            price: price, demand: demand.price, held: amount, generatesText: demand.operation.generatesText,
            silence: attempt?.silence(now: proxy.now))
    }

    /// The rules by which the counts of the answer are read.
    var counting: CountingRules { held?.counting ?? .unlimited }

    private func send(_ message: Conclusion.Message) {
        switch message {
        case .whole(let head, let body, let retryAfter):
            answer(answers.forwarded(head, body, retryAfter: retryAfter, now: proxy.admission.time.now()))
        case .models(let list): finishModels(list)
        case .stream(let head, let waiting, let rest):
            if let head { beginStream(head, waiting) }
            endStream(rest)
        case .error(let error): refuse(error)
        case .errorEvent(let error, let stream):
            trace?.refused(code: error.code)
            endStream(stream.isRaw ? nil : answers.event(error, in: stream), breaksOff: stream.isRaw)
        }
    }

    private func finishModels(_ list: ByteBuffer) {
        guard let priced = ModelAnswer.priced(list, answers.shape, by: proxy.admission.prices.rateCard) else {
            proxy.logger.error("upstream's list of models cannot be read")
            return refuse(.upstream(.badGateway, "The upstream's list of models could not be read."))
        }
        proxy.modelLists.keep(priced, for: answers.shape, now: proxy.now)
        answerModels(priced)
    }

    /// - Parameter breaksOff: Nothing but the end of the connection tells the client that the stream is not complete.
    private func endStream(_ rest: ByteBuffer?, breaksOff: Bool = false) {
        guard let client = client.take() else { return }
        if let rest { client.continueAnswer(rest) }
        breaksOff ? client.breakOffAnswer() : client.endAnswer()
    }
}
