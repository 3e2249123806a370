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
        let body = intake.operation.body == .json ? intake.body : nil
        let head = UpstreamRequest.head(
            intake.operation, to: lane.upstream, client: intake.head, bodyBytes: body?.readableBytes)
        connection.send(head, body: body)
    }

    func releaseConnection() {
        guard let lane = attempt?.lane, let connection = attempt?.takeConnection() else { return }
        lane.release(connection, now: proxy.now)
    }

    /// Records an attempt that is followed by another; what came of its answer is dropped with it.
    func recordFailure() {
        guard let failed = attempt?.record(now: proxy.now) else { return }
        progress.failedAttempts.append(failed)
        proxy.logger.info(
            "upstream failed; trying again",
            metadata: [
                "request": "\(requestID.requestText)", "attempt": "\(progress.failedAttempts.count)",
                "reason": "\(failed.reason)",
            ])
    }

    // MARK: Stream

    private func relay(_ bytes: ByteBuffer) {
        var bytes = bytes
        var allowance: Int64
        repeat {
            allowance = attempt?.textAllowance ?? .max
            guard let passage = attempt?.withStream({ $0.pass(bytes) }) else { return }
            if passage.hasText { attempt?.sawText(now: proxy.now) }
            intake.remember(passage.objects, in: proxy)
            if let events = passage.events { send(events) }
            if passage.isTooLarge { return answerIsUnusable("event is larger than \(StreamRelay.maximumEvent) bytes") }
            guard passage.isOverAllowance else { return }
            perform(machine.allowanceUsed())
            bytes = ByteBuffer()
        } while attempt?.textAllowance ?? .min > allowance
    }

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
        let begun = attempt?.withStream { (head: $0.head, waiting: $0.takeWaiting()) }
        guard let begun else { return }
        beginStream(begun.head, begun.waiting)
        if begun.waiting != nil { attempt?.connection?.setReading(client?.isWritable ?? true) }
        client?.flush()
    }

    func beginStream(_ head: HTTPResponseHead, _ waiting: ByteBuffer?) {
        progress.answerBegan(status: Int(head.status.code), now: proxy.now)
        client?.beginAnswer(
            status: head.status, headers: answers.streamHeaders(head, now: proxy.admission.time.now()))
        if let waiting { client?.continueAnswer(waiting) }
    }

    /// Raises the hold to what the stream has cost so far, as far as the budget allows.
    func extendHold() {
        guard let meter = attempt?.withStream({ $0.meter }) else { return }
        guard var request = held.take() else {
            attempt?.allowText(.max)
            return
        }
        let usage = UsageEstimate(request).usageSoFar(meter)
        let cost = request.price.cost(of: usage, terms: meter.usage?.terms ?? .standard)
        let isCovered = meter.hasEnded || proxy.admission.extend(&request, toCover: cost)
        let covered = UsageEstimate(request).coveredText(meter, beside: usage)
        held = consume request
        attempt?.allowText(covered)
        if !isCovered { perform(machine.cut()) }
    }

    func write(_ event: ByteBuffer) {
        progress.wrote(now: proxy.now)
        client?.continueAnswer(event)
        client?.flush()
    }
}

extension Exchange: UpstreamAnswerReceiver {
    func upstreamAnswerBegan(_ head: HTTPResponseHead) {
        let now = proxy.now
        trace?.upstreamAnswered()
        let meter = intake.meter(counting: estimate?.counting ?? .unlimited)
        attempt?.began(
            head, meter: meter, now: now, idleDeadline: now + proxy.configuration.idleTimeout.nanoseconds)
        perform(machine.answerBegan(isStream: attempt?.answer.isStream ?? false))
    }

    func upstreamAnswerContinued(_ bytes: ByteBuffer) {
        attempt?.continued(idleDeadline: proxy.now + proxy.configuration.idleTimeout.nanoseconds)
        perform(machine.answerContinued(byteCount: bytes.readableBytes))
        if attempt?.answer.isStream ?? false { return relay(bytes) }
        let isUsable = attempt?.collect(bytes, limit: proxy.configuration.maximumAnswerBody) ?? true
        if !isUsable { answerIsUnusable("answer is larger than the limit") }
    }

    func upstreamReadCompleted() {
        if machine.passage == .send { client?.flush() }
    }

    func upstreamAnswerEnded() {
        releaseConnection()
        guard let failure = attempt?.failureOfAnswer else { return perform(machine.answerEnded()) }
        attempt?.fail(failure, reason: "", now: proxy.now)
        perform(machine.attemptFailed(failure, now: proxy.now))
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

    private func answerIsUnusable(_ reason: String) {
        proxy.logger.error(
            "upstream's answer cannot be passed on",
            metadata: ["request": "\(requestID.requestText)", "reason": "\(reason)"])
        attempt?.fail(.brokenOff, reason: reason, now: proxy.now)
        perform(machine.attemptFailed(.brokenOff, now: proxy.now))
    }
}
