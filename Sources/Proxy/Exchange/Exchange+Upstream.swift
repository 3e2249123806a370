import Accounts
import Admission
import Ledger
import Logging
import Metering
import NIOCore
import NIOHTTP1
import NIOSSL
import Pricing

/// The upstream's side of an exchange.
extension Exchange: UpstreamAnswerReceiver {
    /// While its hold is written, no more than this of a stream is read ahead, in bytes.
    private static let readAhead = 256 << 10

    func connect() {
        guard let pool = proxy.pool(operation.upstreamProtocol) else { return }
        attemptStarted = proxy.now
        if let warm = pool.takeIdle() {
            connection = warm
            return perform(machine.connected())
        }
        pool.connect { [self] result in
            switch result {
            case .success(let fresh):
                connection = fresh
                perform(machine.connected())
            case .failure(let error):
                pool.health.failed("cannot be reached", now: proxy.now)
                proxy.logger.warning(
                    "upstream cannot be reached",
                    metadata: ["upstream": "\(pool.upstream.authority)", "reason": "\(error)"])
                let retries = planRetry(after: .unreachable)
                let timedOut = (error as? ChannelError)?.isConnectTimeout ?? false
                perform(machine.connectFailed(timedOut: timedOut, mayRetry: retries))
            }
        }
    }

    func send() {
        guard let connection, let pool = proxy.pool(operation.upstreamProtocol) else { return }
        connection.receiver = self
        deadline = proxy.now + proxy.configuration.headerTimeout.nanoseconds
        let hasBody = operation.body == .json
        connection.send(
            UpstreamRequest.head(
                operation, to: pool.upstream, client: head, bodyBytes: hasBody ? body.readableBytes : nil),
            body: hasBody ? body : nil)
    }

    func returnConnection() {
        guard let connection else { return }
        self.connection = nil
        proxy.pool(operation.upstreamProtocol)?.giveBack(connection, now: proxy.now)
    }

    /// Closes the upstream's connection, if its answer is not complete.
    func closeUpstream() {
        connection?.close()
        connection = nil
        deadline = .max
    }

    /// Goes on reading for a client that is gone.
    func drain() {
        drainDeadline = proxy.now + proxy.configuration.drainTime.nanoseconds
        connection?.setReading(true)
    }

    // MARK: Attempts

    /// Decides whether an attempt that failed is followed by another, and when: after what the upstream asked for, else
    /// after a pause that doubles each time.
    ///
    /// - Returns: False if there were enough attempts, if the upstream wants to be left alone for longer than a
    ///   client should wait, or if nobody waits.
    private func planRetry(after reason: FailedAttempt.Reason, pause asked: Int64? = nil) -> Bool {
        guard machine.isClientPresent, failedAttempts.count + 1 < proxy.configuration.attempts else { return false }
        let pause = asked.map { $0 * 1_000_000_000 } ?? Self.firstPause << Int64(min(failedAttempts.count, 10))
        guard pause <= proxy.configuration.longestPause.nanoseconds else { return false }
        failedAttempts.append(failedAttempt(reason))
        nextAttempt = proxy.now + pause
        return true
    }

    private static let firstPause: Int64 = 250_000_000

    private func failedAttempt(_ reason: FailedAttempt.Reason) -> FailedAttempt {
        FailedAttempt(reason: reason, durationMilliseconds: (proxy.now - attemptStarted) / 1_000_000)
    }

    /// Waits for the next attempt; the answer of the last is forgotten.
    func pause() {
        answer = .none
        proxy.logger.info(
            "upstream failed; trying again",
            metadata: [
                "request": "\(requestID.requestText)", "attempt": "\(failedAttempts.count)",
                "reason": "\(failedAttempts.last.map { "\($0.reason)" } ?? "")",
            ])
    }

    // MARK: The answer

    func upstreamAnswerBegan(_ head: HTTPResponseHead) {
        let now = proxy.now
        deadline = now + proxy.configuration.idleTimeout.nanoseconds
        health?.answered(head, now: now)
        let isSuccess = (200..<300).contains(head.status.code)
        if !isSuccess {
            answer = .failure(head, ByteBuffer())
        } else if facts?.isStreamed == true, head.isEventStream {
            let meter = StreamMeter(
                operation: operation, dropUsageEvent: facts?.usageEdit != nil, contextLimit: contextLimit)
            answer = .stream(head, StreamRelay(meter: meter), waiting: nil)
        } else {
            answer = .whole(head, ByteBuffer())
        }
        perform(machine.answerBegan())
    }

    func upstreamAnswerContinued(_ bytes: ByteBuffer) {
        deadline = proxy.now + proxy.configuration.idleTimeout.nanoseconds
        if !machine.isClientPresent {
            drainedBytes += bytes.readableBytes
            if drainedBytes > proxy.configuration.drainBytes { perform(machine.drainedEnough()) }
        }
        if case .stream = answer { return relay(bytes) }
        // Moved out and back in, so that its buffers are not copied when they grow.
        let current = answer
        answer = .none
        switch current {
        case .none, .stream: break
        case .whole(let head, var body):
            var bytes = bytes
            body.writeBuffer(&bytes)
            let isTooLarge = body.readableBytes > proxy.configuration.maximumAnswerBody
            answer = .whole(head, body)
            if isTooLarge { upstreamBroke("answer is larger than the limit") }
        case .failure(let head, var body):
            if let slice = bytes.getSlice(
                at: bytes.readerIndex,
                length: min(bytes.readableBytes, UpstreamErrorPolicy.maximumBody - body.readableBytes))
            {
                body.writeImmutableBuffer(slice)
            }
            answer = .failure(head, body)
        }
    }

    /// Relays what has come of a stream, as far as the money goes.
    private func relay(_ bytes: ByteBuffer) {
        var bytes = bytes
        while relayUpToAllowance(bytes) { bytes = ByteBuffer() }
    }

    /// Relays up to the event with which the text becomes longer than the hold is known to cover.
    ///
    /// - Returns: Whether it stopped there and the hold covers more: the rest of the bytes was not looked at.
    private func relayUpToAllowance(_ bytes: ByteBuffer) -> Bool {
        guard case .stream(let head, var relay, let waiting) = answer else { return false }
        // Moved out and back in, so that its buffers are not copied when they grow.
        answer = .none
        var isOver = false
        let events = relay.relay(bytes, allowance: textAllowance, isOver: &isOver)
        let isOverflowing = relay.isOverflowing
        let meter = relay.meter
        answer = .stream(head, relay, waiting: waiting)
        if let events { pass(events) }
        guard isOver else {
            if isOverflowing { upstreamBroke("event is larger than \(StreamRelay.maximumEvent) bytes") }
            return false
        }
        guard affords(meter) else {
            perform(machine.cut())
            return false
        }
        return true
    }

    func upstreamReadCompleted() {
        if machine.isRelaying { client?.flush() }
    }

    func upstreamAnswerEnded() {
        returnConnection()
        deadline = .max
        var mayRetry = false
        if case .failure(let head, let body) = answer, UpstreamErrorPolicy.isWorthRetrying(head, body) {
            mayRetry = planRetry(
                after: .status(Int(head.status.code)), pause: UpstreamErrorPolicy.retryAfter(head))
        }
        perform(machine.answerEnded(mayRetry: mayRetry))
    }

    func upstreamClosed(_ error: (any Error)?) {
        let wasReused = (connection?.requests ?? 0) > 1
        connection = nil
        deadline = .max
        let action = machine.upstreamClosed(wasReused: wasReused)
        if action == .connect {
            failedAttempts.append(failedAttempt(.closed))
        } else {
            health?.failed("closed before its answer was complete", now: proxy.now)
            proxy.logger.warning(
                "upstream closed its connection before the answer was complete",
                metadata: [
                    "request": "\(requestID.requestText)", "reason": "\(error.map { "\($0)" } ?? "end of stream")",
                ])
        }
        perform(action)
    }

    /// Whether the hold covers what a stream has cost so far, once it is extended as far as the budget allows.
    ///
    /// Sets how much text it covers from now on. What has been written when the hold is not durable yet has not reached
    /// the client and is looked at with what follows.
    private func affords(_ meter: StreamMeter) -> Bool {
        guard machine.isHoldDurable else {
            textAllowance = meter.textBytes + Int64(Self.readAhead)
            return true
        }
        guard var request = held.take() else { return true }
        let usage = usageSoFar(meter, request)
        let isCovered =
            meter.hasEnded || proxy.admission.extend(&request, toCover: request.price.cost(of: usage))
        let tokens = request.price.affordableOutput(beside: usage, for: request.hold.amount)
        let (bytes, overflow) = tokens.multipliedReportingOverflow(by: RequestInput.bytesPerToken)
        textAllowance = overflow ? .max : max(bytes, meter.textBytes)
        held = consume request
        return isCovered
    }

    private var health: UpstreamHealth? { proxy.pool(operation.upstreamProtocol)?.health }

    private func upstreamBroke(_ reason: String) {
        health?.failed(reason, now: proxy.now)
        proxy.logger.error(
            "upstream's answer cannot be passed on",
            metadata: ["request": "\(requestID.requestText)", "reason": "\(reason)"])
        closeUpstream()
        perform(machine.upstreamClosed(wasReused: false))
    }

    // MARK: Relaying

    /// Begins the client's answer, if it is a stream; any other is written when it is complete.
    func releaseAnswer() {
        guard case .stream(let head, let relay, let waiting) = answer else { return }
        answer = .stream(head, relay, waiting: nil)
        beginStream(head, waiting)
        if waiting != nil { connection?.setReading(client?.isWritable ?? true) }
        client?.flush()
    }

    /// Writes the head of a stream, and the events that had to wait.
    func beginStream(_ head: HTTPResponseHead, _ waiting: ByteBuffer?) {
        var headers = commonHeaders()
        AnswerHeaders.forward(head.headers, shape, to: &headers)
        AnswerHeaders.describeStream(&headers)
        clientStatus = Int(head.status.code)
        client?.beginAnswer(status: head.status, headers: headers)
        if let waiting { client?.continueAnswer(waiting) }
        firstByteNanoseconds = proxy.now
        lastWrite = proxy.now
    }

    /// Hands events to the client, or keeps them until the hold is durable.
    private func pass(_ events: ByteBuffer) {
        if machine.isRelaying {
            client?.continueAnswer(events)
            lastWrite = proxy.now
        } else if machine.isClientPresent, case .stream(let head, let relay, var waiting) = answer {
            answer = .none
            waiting.setOrWriteImmutableBuffer(events)
            if (waiting?.readableBytes ?? 0) > Self.readAhead { connection?.setReading(false) }
            answer = .stream(head, relay, waiting: waiting)
        }
    }

    // MARK: Deadlines

    /// Looked at a few times a second by the loop.
    func checkDeadlines(now: Int64) {
        let isTooOld = now - startedNanoseconds > proxy.configuration.totalTimeout.nanoseconds
        // A request that is too old may have waited for its client.
        if now > deadline { health?.failed("timed out", now: now) }
        if now > deadline || isTooOld { return perform(machine.timedOut()) }
        if now >= nextAttempt {
            nextAttempt = .max
            return perform(machine.pauseEnded())
        }
        if now > drainDeadline { return perform(machine.drainedEnough()) }
        if machine.isRelaying, case .stream = answer, let client,
            now - lastWrite > proxy.configuration.pingInterval.nanoseconds
        {
            client.continueAnswer(ByteBuffer(string: operation.upstreamProtocol.keepAlive))
            client.flush()
            lastWrite = now
        }
    }

    /// The gateway cannot wait longer.
    func stop() {
        perform(machine.stop())
    }
}

extension HTTPResponseHead {
    fileprivate var isEventStream: Bool {
        headers.first(name: "content-type")?.lowercased().hasPrefix("text/event-stream") ?? false
    }
}

extension ChannelError {
    fileprivate var isConnectTimeout: Bool {
        if case .connectTimeout = self { true } else { false }
    }
}
