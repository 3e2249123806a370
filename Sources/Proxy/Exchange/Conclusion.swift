import Admission
import Ledger
import Metering
import NIOCore
import NIOHTTP1
import Pricing

/// End of an exchange: the usage that is charged and the last part of the client's answer.
struct Conclusion {
    /// The last part of the client's answer.
    enum Message {
        /// A whole answer of the upstream's, with what the client does not see taken out.
        case whole(HTTPResponseHead, ByteBuffer, retryAfter: Int64? = nil)
        /// The upstream's list of models.
        case models(ByteBuffer)
        /// The end of a stream.
        ///
        /// - Parameters:
        ///   - head: The head of a stream of which nothing has been sent; nil once it has begun.
        ///   - rest: Events that have not been sent.
        case stream(head: HTTPResponseHead?, waiting: ByteBuffer?, rest: ByteBuffer?)
        /// An error of the gateway's own.
        case error(ErrorAnswer)
        /// An error that ends a stream that has begun, and the stream's meter.
        case errorEvent(ErrorAnswer, StreamMeter)
    }

    var usage: UsageResult
    /// The status that the client gets; 499 if it has left.
    var status: Int
    var ending: RequestEnding
    var message: Message
    /// The upstream says that the request violates its policies.
    var isPolicyError = false
    /// Identifiers of the upstream's objects that the message gives to the client.
    var objects: [String] = []
    /// The upstream refused its account's key or says that its balance is empty.
    var isAccountInTrouble = false

    /// Decides how an exchange is concluded.
    ///
    /// - Parameters:
    ///   - answer: What came of the upstream's answer.
    ///   - operation: The operation.
    ///   - objects: Objects of the upstream that the answer may name for the first time.
    ///   - estimate: What usage is estimated from; nil for what is never charged.
    init(
        _ ending: ExchangeMachine.Ending, _ delivery: ExchangeMachine.Delivery, answer: UpstreamAnswer,
        operation: Operation, objects: ObjectsGiven = .none, estimate: UsageEstimate?
    ) {
        let isPresent = delivery != .clientGone
        let recorded = Self.recorded(ending, isClientPresent: isPresent)
        switch (ending, answer) {
        case (.answered, .whole(_, let body)) where operation.readsModelList:
            self.init(.nothing, 200, recorded, .models(body))
        case (.answered, .whole(let head, let body)):
            let examined = AnswerMeter.examine(
                body.readableBytesUInt8Span, operation: operation,
                counting: estimate?.counting ?? .unlimited, objects: objects)
            self.init(
                UsageResult(of: examined, operation: operation, estimate: estimate), Int(head.status.code), recorded,
                .whole(head, body.without(examined.cuts) ?? ByteBuffer()))
            self.objects = examined.objects
            isPolicyError = examined.isPolicyError
        case (.answered, .failure(let head, let body)):
            self.init(failure: head, body, recorded)
            isPolicyError = PolicyError.isReported(in: body.readableBytesUInt8Span, operation.upstreamProtocol)
        case (.answered, .stream(var stream)):
            let last = stream.end()
            let isUnsent = delivery == .nothing
            // Whether anything is missing is known only if the stream says that it is complete.
            let isWhole = stream.meter.hasFinished && !stream.meter.errorSeen
            self.init(
                UsageResult(of: stream.meter, .ended, estimate: estimate), 200,
                isWhole || !isPresent ? recorded : .failed,
                .stream(
                    head: isUnsent ? stream.head : nil, waiting: isUnsent ? stream.takeWaiting() : nil,
                    rest: last.events))
            self.objects = last.objects
            isPolicyError = stream.meter.policyErrorSeen
        case (.answered, .joined(let head, let joined)):
            self.init(head, joined, recorded, operation: operation, objects: objects, estimate: estimate)
        case (.cut, .stream(let stream)):
            // Nothing is cut that is never charged.
            guard let estimate else {
                self.init(.nothing, 200, recorded, .stream(head: nil, waiting: nil, rest: nil))
                break
            }
            let usage = UsageResult(ofCut: stream.meter, estimate: estimate)
            let closing = stream.meter.closing(usage: usage.usage, choices: estimate.demand.choices)
            self.init(usage, 200, recorded, .stream(head: nil, waiting: nil, rest: ByteBuffer(string: closing)))
        case (_, .stream(let stream)):
            let error = Self.error(for: ending)
            let hasBegun = delivery == .streamBegan
            self.init(
                UsageResult(of: stream.meter, ending == .clientGone ? .cancelled : .broken, estimate: estimate),
                hasBegun ? 200 : Int(error.status.code), recorded,
                hasBegun ? .errorEvent(error, stream.meter) : .error(error))
        case (.broken, .undecodable):
            // The upstream has served the request: its input is charged.
            self.init(
                UsageResult(ofCancelled: estimate, textBytes: 0), Int(ErrorAnswer.undecodable.status.code), recorded,
                .error(.undecodable))
        case (.clientGone, .whole(_, let body)):
            self.init(
                UsageResult(ofCancelled: estimate, textBytes: Int64(body.readableBytes)), 499, recorded,
                .error(Self.error(for: ending)))
        case (.clientGone, .none) where estimate?.silence != nil:
            self.init(
                UsageResult(ofCancelled: estimate, textBytes: 0), 499, recorded, .error(Self.error(for: ending)))
        default:
            // A request that was sent may have cost the upstream's account something, but nothing says so.
            let error = Self.error(for: ending)
            self.init(.nothing, Int(error.status.code), recorded, .error(error))
        }
        if !isPresent { status = 499 }
    }

    private init(_ usage: UsageResult, _ status: Int, _ ending: RequestEnding, _ message: Message) {
        self.usage = usage
        self.status = status
        self.ending = ending
        self.message = message
    }

    /// The upstream answered with a stream although none was asked for: the client gets the plain answer.
    private init(
        _ head: HTTPResponseHead, _ joined: JoinedStream, _ ending: RequestEnding, operation: Operation,
        objects: ObjectsGiven, estimate: UsageEstimate?
    ) {
        let usage = UsageResult(of: joined.meter, .ended, estimate: estimate)
        guard let answer = joined.answer else {
            let error = joined.failure.map { ErrorAnswer($0) } ?? Self.error(for: .broken)
            self.init(usage, Int(error.status.code), ending == .disconnected ? ending : .failed, .error(error))
            isPolicyError = joined.meter.policyErrorSeen
            return
        }
        let examined = AnswerMeter.examine(
            answer.span, operation: operation, counting: estimate?.counting ?? .unlimited, objects: objects)
        let body = ByteBuffer(bytes: answer).without(examined.cuts) ?? ByteBuffer()
        self.init(usage, Int(head.status.code), ending, .whole(head, body))
        self.objects = examined.objects
        isPolicyError = examined.isPolicyError || joined.meter.policyErrorSeen
    }

    /// The upstream answered with an error: the client gets it without what names the account, or another for it.
    private init(failure head: HTTPResponseHead, _ body: ByteBuffer, _ ending: RequestEnding) {
        let retryAfter = UpstreamErrorPolicy.retryAfter(head).map { min($0, 119) }
        let status = head.status.code >= 400 ? head.status : .badGateway
        switch UpstreamErrorPolicy.verdict(status: head.status, body: Array(body.readableBytesView)) {
        case .account:
            self.init(.nothing, Int(ErrorAnswer.upstreamAccount.status.code), ending, .error(.upstreamAccount))
            isAccountInTrouble = true
        case .replace:
            let error = ErrorAnswer.upstream(status, "The upstream answered with an error.", retryAfter: retryAfter)
            self.init(.nothing, Int(status.code), ending, .error(error))
        case .pass(let redacted):
            self.init(
                .nothing, Int(status.code), ending,
                .whole(head, ByteBuffer(bytes: redacted), retryAfter: retryAfter))
        }
    }

    /// Returns the error that the client gets for an ending without a usable answer.
    static func error(for ending: ExchangeMachine.Ending) -> ErrorAnswer {
        switch ending {
        case .unreachable: .upstream(.badGateway, "The upstream cannot be reached.")
        case .timedOut: .upstream(.gatewayTimeout, "The upstream took too long.")
        case .holdFailed: ErrorAnswer(.ledgerUnavailable)
        case .stopping: ErrorAnswer(.stopping)
        case .answered, .broken, .clientGone, .cut: .upstream(.badGateway, "The upstream's answer broke off.")
        }
    }

    private static func recorded(_ ending: ExchangeMachine.Ending, isClientPresent: Bool) -> RequestEnding {
        guard isClientPresent else { return .disconnected }
        return switch ending {
        case .answered: .complete
        case .cut: .cut
        case .clientGone: .disconnected
        case .unreachable, .broken, .timedOut, .holdFailed: .failed
        case .stopping: .interrupted
        }
    }
}
