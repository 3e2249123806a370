import Accounts
import Admission
import Ledger
import Logging
import Metering
import Money
import NIOCore
import NIOHTTP1
import Pricing

/// The end of an exchange: what it used, what the client gets, and its settlement.
///
/// A settlement is on its way to the ledger before the last byte is on its way to the client: whoever reads
/// the balance after an answer finds it charged.
extension Exchange {
    /// What was used, and how that is known.
    struct UsageResult {
        var usage: TokenUsage
        var source: UsageSource
        var upstreamCost: NanoUSD?

        static let nothing = UsageResult(usage: .zero, source: .none)
    }

    func finish(_ ending: ExchangeMachine.Ending) {
        proxy.remove(self)
        closeUpstream()
        let answer = self.answer
        self.answer = .none
        switch (ending, answer) {
        case (.holdFailed, _):
            if let held = held.take() { proxy.admission.abandon(held) }
            endWithError(ErrorAnswer(.ledgerUnavailable))
        case (.answered, .whole(let head, let body)):
            finishWhole(head, body)
        case (.answered, .failure(let head, let body)):
            finishFailure(head, body)
        case (.cut, .stream(_, let relay, _)):
            finishCut(relay.meter)
        case (_, .stream(let head, var relay, let waiting)):
            let isComplete = ending == .answered
            let rest = isComplete ? relay.end() : nil
            // A stream can be complete before its hold is durable: then all of it goes out now.
            if isComplete, clientStatus == nil { beginStream(head, waiting) }
            settle(
                usageResult(relay.meter, isComplete: isComplete), status: machine.isClientPresent ? 200 : 499,
                ending: ending)
            if let rest { client?.continueAnswer(rest) }
            if isComplete { endStream() } else { endWithError(Self.error(for: ending)) }
        case (.clientGone, .whole(_, let body)):
            settle(estimate(textBytes: Int64(body.readableBytes)), status: 499, ending: ending)
        default:
            let error = Self.error(for: ending)
            // A request that was sent may have cost the upstream's account something, but nothing says so.
            settle(.nothing, status: machine.isClientPresent ? error.status.code : 499, ending: ending)
            endWithError(error)
        }
    }

    // MARK: Answers

    /// Ends a stream whose money is gone as the model's own limit would have ended it.
    private func finishCut(_ meter: StreamMeter) {
        guard let request = held.take() else { return endStream() }
        var usage = usageSoFar(meter, request)
        // The text is an estimate anyway: it is not taken to be more than what was held for it.
        usage.output = min(
            usage.output, request.price.affordableOutput(beside: usage, for: request.hold.amount))
        let choices = request.demand.price.choices
        held = consume request
        settle(UsageResult(usage: usage, source: .estimated), status: machine.isClientPresent ? 200 : 499, ending: .cut)
        client?.continueAnswer(ByteBuffer(string: meter.closing(usage: usage, choices: choices)))
        endStream()
    }

    private func finishWhole(_ head: HTTPResponseHead, _ body: ByteBuffer) {
        if operation.readsModelList { return finishModels(body) }
        let examined = AnswerMeter.examine(
            body.readableBytesUInt8Span, operation: operation, contextLimit: contextLimit)
        settle(usageResult(examined), status: machine.isClientPresent ? head.status.code : 499)
        var headers = commonHeaders()
        AnswerHeaders.forward(head.headers, shape, to: &headers)
        answerClient(head.status, headers, body.without(examined.cuts) ?? ByteBuffer())
    }

    private func finishModels(_ body: ByteBuffer) {
        let card = proxy.admission.prices.rateCard
        guard let list = ModelAnswer.list(body, shape, keeping: { card.price(for: $0) != nil }) else {
            proxy.logger.error("upstream's list of models is not understood")
            return refuse(.upstream(.badGateway, "The upstream's list of models could not be read."))
        }
        proxy.modelLists.keep(list, for: shape, now: proxy.now)
        answerModels(list)
    }

    private func finishFailure(_ head: HTTPResponseHead, _ body: ByteBuffer) {
        let verdict = UpstreamErrorPolicy.verdict(status: head.status, body: Array(body.readableBytesView))
        let error = clientError(head, verdict)
        settle(.nothing, status: machine.isClientPresent ? error.status.code : 499)
        guard case .pass(let redacted) = verdict else { return refuse(error) }
        var headers = commonHeaders()
        AnswerHeaders.forward(head.headers, shape, to: &headers)
        if let seconds = error.retryAfter { headers.add(name: "retry-after", value: String(seconds)) }
        answerClient(head.status, headers, ByteBuffer(bytes: redacted))
    }

    /// Returns the error that stands for the upstream's, and tells the operator of one that is theirs.
    private func clientError(_ head: HTTPResponseHead, _ verdict: UpstreamErrorPolicy.Verdict) -> ErrorAnswer {
        let retryAfter = UpstreamErrorPolicy.retryAfter(head).map { min($0, 119) }
        switch verdict {
        case .account:
            proxy.logger.critical(
                "upstream account is in trouble: its key is refused or its balance is empty",
                metadata: ["request": "\(requestID.requestText)", "status": "\(head.status.code)"])
            return .upstreamAccount
        case .pass, .replace:
            let status = head.status.code >= 400 ? head.status : .badGateway
            return .upstream(status, "The upstream answered with an error.", retryAfter: retryAfter)
        }
    }

    private func endStream() {
        client?.endAnswer()
        client = nil
    }

    /// Answers with an error, or ends a stream that has begun with one.
    private func endWithError(_ error: ErrorAnswer) {
        guard clientStatus != nil else { return refuse(error) }
        client?.continueAnswer(
            ByteBuffer(string: error.event(shape, requestID: requestID.requestText)))
        endStream()
    }

    private static func error(for ending: ExchangeMachine.Ending) -> ErrorAnswer {
        switch ending {
        case .unreachable: .upstream(.badGateway, "The upstream cannot be reached.")
        case .timedOut: .upstream(.gatewayTimeout, "The upstream took too long.")
        case .holdFailed: ErrorAnswer(.ledgerUnavailable)
        case .stopping: ErrorAnswer(.stopping)
        case .answered, .broken, .clientGone, .cut: .upstream(.badGateway, "The upstream's answer broke off.")
        }
    }

    // MARK: The usage

    private func settle(_ result: UsageResult, status: some BinaryInteger, ending: ExchangeMachine.Ending = .answered) {
        guard let held = held.take() else { return }
        let now = proxy.now
        let firstByte = firstByteNanoseconds ?? (machine.isClientPresent ? now : nil)
        proxy.admission.settle(
            held,
            RequestOutcome(
                usage: result.usage, usageSource: result.source, upstreamCost: result.upstreamCost,
                durationMilliseconds: (now - startedNanoseconds) / 1_000_000,
                firstByteMilliseconds: firstByte.map { ($0 - startedNanoseconds) / 1_000_000 },
                status: Int(status), ending: Self.rowEnding(ending, isClientPresent: machine.isClientPresent),
                failedAttempts: failedAttempts, attempts: failedAttempts.count + 1))
    }

    private static func rowEnding(_ ending: ExchangeMachine.Ending, isClientPresent: Bool) -> RequestEnding {
        guard isClientPresent else { return .disconnected }
        return switch ending {
        case .answered: .complete
        case .cut: .cut
        case .clientGone: .disconnected
        case .unreachable, .broken, .timedOut, .holdFailed: .failed
        case .stopping: .interrupted
        }
    }

    /// Returns what a stream that goes on has used, as far as that is known.
    func usageSoFar(_ meter: StreamMeter, _ request: borrowing HeldRequest) -> TokenUsage {
        var usage = meter.usage?.tokens ?? request.price.estimate(textBytes: 0, request.demand.price)
        usage.output = max(usage.output, RequestInput.tokens(ofText: meter.textBytes))
        return usage
    }

    private func usageResult(_ answer: PlainAnswer) -> UsageResult {
        if let reported = answer.usage { return UsageResult(reported) }
        if answer.isError || !operation.isBilled { return .nothing }
        // No tokens are reported: the price per request is the whole cost.
        if operation.billing == .request { return UsageResult(usage: .zero, source: .reported) }
        return estimate(textBytes: answer.textBytes)
    }

    private func usageResult(_ meter: StreamMeter, isComplete: Bool) -> UsageResult {
        if let reported = meter.usage, isComplete || meter.hasEnded { return UsageResult(reported) }
        // An error before anything was generated costs nothing.
        if meter.textBytes == 0, meter.errorSeen || !isComplete { return .nothing }
        var result = estimate(textBytes: meter.textBytes)
        if let partial = meter.usage {
            let output = max(partial.tokens.output, result.usage.output)
            result = UsageResult(partial)
            result.usage.output = output
            result.source = .estimated
        }
        return result
    }

    private func estimate(textBytes: Int64) -> UsageResult {
        guard let price = held?.price, let demand = held?.demand.price else { return .nothing }
        let usage = price.estimate(textBytes: operation.generatesText ? textBytes : 0, demand)
        return UsageResult(usage: usage, source: .estimated)
    }

    /// Counts beyond the model's context are not believed.
    var contextLimit: Int64 { held?.price.contextTokens ?? .max }
}

extension Exchange.UsageResult {
    init(_ reported: MeteredUsage) {
        usage = reported.tokens
        source = .reported
        upstreamCost = reported.upstreamCostNanoUSD.map(NanoUSD.init(nanos:))
    }
}
