import Accounts
import Admission
import Ledger
import Logging
import Metering
import NIOCore
import NIOHTTP1
import Pricing
import Timekeeping

/// The upstream's side of an exchange: attempts, and the stream on its way to the client.
extension Exchange {
    // MARK: Attempts

    func connect() {
        guard let lane = proxy.pool(intake.operation.upstreamProtocol) else { return }
        attempt = Attempt(lane: lane, now: proxy.now)
        if let warm = lane.takeIdle() { return connected(warm) }
        lane.connect { [self] result in
            switch result {
            case .success(let connection): connected(connection)
            case .failure(let error): connectFailed(error)
            }
        }
    }

    private func connected(_ connection: UpstreamConnection) {
        attempt?.connected(connection)
        perform(machine.connected())
    }

    private func connectFailed(_ error: any Error) {
        let failure = AttemptFailure.unreachable(timedOut: error.isConnectTimeout)
        attempt?.fail(failure, reason: "cannot be reached", now: proxy.now)
        proxy.logger.warning(
            "upstream cannot be reached",
            metadata: ["upstream": "\(attempt?.lane.upstream.authority ?? "")", "reason": "\(error)"])
        perform(machine.attemptFailed(failure, now: proxy.now))
    }

    func send() {
        guard let lane = attempt?.lane, let connection = attempt?.connection else { return }
        let now = proxy.now
        attempt?.sent(now: now, headDeadline: now + proxy.configuration.headerTimeout.nanoseconds)
        connection.receiver = self
        if lane.health.refusesUsageOption { intake.withdrawOption() }
        let body = intake.operation.body == .none ? nil : intake.body
        let head = UpstreamRequest.head(
            intake.operation, parameter: intake.parameter, to: lane.upstream, client: intake.head,
            bodyBytes: body?.readableBytes)
        connection.send(head, body: body)
    }

    func releaseConnection() {
        guard let lane = attempt?.lane, let connection = attempt?.takeConnection() else { return }
        lane.release(connection, now: proxy.now)
    }

    /// Records an attempt that is followed by another; what came of its answer is dropped with it.
    func recordFailure() {
        if let failed = attempt?.record(now: proxy.now) { progress.failed(failed, of: requestID, proxy.logger) }
    }

    // MARK: Stream

    private func send(_ events: ByteBuffer) {
        switch machine.passage {
        case .send:
            progress.wrote(now: proxy.now)
            client?.continueAnswer(events)
        case .keep:
            if attempt?.withStream({ $0.keep(events) }) ?? false { attempt?.connection?.setReading(false) }
        case .discard: break
        }
    }

    func beginStream() {
        guard let begun = attempt?.withStream({ (head: $0.head, waiting: $0.takeWaiting()) }) else { return }
        beginStream(begun.head, begun.waiting)
        if begun.waiting != nil { attempt?.connection?.setReading(client?.isWritable ?? true) }
        client?.flush()
    }

    func beginStream(_ head: HTTPResponseHead, _ waiting: ByteBuffer?) {
        progress.answerBegan(status: Int(head.status.code), now: proxy.now)
        let framing = intake.isRaw ? nil : intake.framing
        let headers = answers.streamHeaders(head, framing, now: proxy.admission.time.now())
        client?.beginAnswer(status: head.status, headers: headers)
        if let waiting { client?.continueAnswer(waiting) }
    }

    /// Raises the hold to what the stream has cost so far, as far as the budget allows.
    func extendHold() {
        guard let meter = attempt?.withStream({ $0.meter }) else { return }
        guard var request = held.take() else {
            attempt?.allowText(.max)
            return
        }
        let used = UsageEstimate(request).usageSoFar(meter)
        let isCovered =
            meter.hasEnded
            || proxy.admission.extend(&request, toCover: request.price.cost(of: used.usage, terms: used.terms))
        let covered = UsageEstimate(request).coveredText(meter, beside: used)
        held = consume request
        attempt?.allowText(covered)
        if !isCovered { perform(machine.cut()) }
    }

    func ping() {
        guard !intake.isRaw, let text = attempt?.withStream({ $0.meter.keepAlive }) else { return }
        progress.wrote(now: proxy.now)
        client?.continueAnswer(ByteBuffer(string: text))
        client?.flush()
    }
}

extension Exchange: UpstreamAnswerReceiver {
    func upstreamAnswerBegan(_ head: HTTPResponseHead) {
        trace?.upstreamAnswered()
        let meter = intake.meter(counting: counting)
        attempt?.began(head, meter: meter, limits: proxy.configuration, requestID: requestID, now: proxy.now)
        perform(machine.answerBegan())
    }

    func upstreamAnswerContinued(_ bytes: ByteBuffer) {
        attempt?.continued(bytes, idleDeadline: proxy.now + proxy.configuration.idleTimeout.nanoseconds)
        perform(machine.answerContinued(byteCount: bytes.readableBytes))
        _ = examineAnswer()
    }

    func upstreamReadCompleted() {
        if machine.passage == .send { client?.flush() }
    }

    func upstreamAnswerEnded() {
        releaseConnection()
        attempt?.ended()
        guard examineAnswer() else { return }
        attempt?.joinEvents(intake.operation, counting: counting, requestID: requestID, now: proxy.now)
        if let rest = attempt?.endOpening(shape: answers.shape, requestID: requestID, now: proxy.now) {
            intake.remember(rest.objects, in: proxy)
            if let events = rest.events { send(events) }
        }
        answerIsComplete()
    }

    func upstreamClosed(_ error: (any Error)?) {
        guard let failure = attempt?.closed(now: proxy.now) else { return }
        if failure != .staleConnection {
            proxy.logger.warning(
                "upstream closed its connection before the answer was complete",
                metadata: [
                    "request": "\(requestID.requestText)", "reason": "\(error.map { "\($0)" } ?? "end of stream")",
                ])
        }
        perform(machine.attemptFailed(failure, now: proxy.now))
    }

    /// Examines what has come of the answer.
    ///
    /// - Returns: Whether the attempt goes on.
    private func examineAnswer() -> Bool {
        let limit = proxy.configuration.maximumAnswerBody
        while true {
            switch attempt?.advance(limit: limit, shape: answers.shape, requestID: requestID, now: proxy.now) {
            case .needsMore, nil: return true
            case .collected: break
            case .events(let passage):
                intake.remember(passage.objects, in: proxy)
                if let events = passage.events { send(events) }
                if passage.begins { perform(machine.streamBegan()) }
                if passage.isOverAllowance { perform(machine.allowanceUsed()) }
            case .complete:
                answerIsComplete()
                return false
            case .unusable(let answer):
                proxy.logger.log(
                    level: answer.isAlarm ? .critical : .error, "upstream's answer cannot be passed on",
                    metadata: ["request": "\(requestID.requestText)", "reason": "\(answer.reason)"])
                attempt?.fail(.brokenOff, reason: answer.reason, now: proxy.now)
                perform(machine.attemptFailed(.brokenOff, now: proxy.now))
                return false
            }
        }
    }

    private func answerIsComplete() {
        guard let failure = attempt?.failureOfAnswer(addedOption: intake.addedOption) else {
            return perform(machine.answerEnded())
        }
        attempt?.fail(failure, reason: "", now: proxy.now)
        perform(machine.attemptFailed(failure, now: proxy.now))
    }
}
