import Accounts
import Admission
import Codings
import Metering
import NIOCore
import NIOHTTP1

/// The request as it comes in: its head, who sends it, its body, and what was read of that.
struct RequestIntake {
    let head: HTTPRequestHead
    private(set) var operation = Operation.allCases[0]
    /// The model or the stored object that the path names, if it names one.
    private(set) var parameter: String?
    /// The key that the request presents, once it is authenticated.
    private(set) var principal: Principal?
    private(set) var body = ByteBuffer()
    /// The body on its way, if it comes in content codings.
    private(set) var codedBody: CodedBody?
    /// The field that only the gateway added to the body, and the edit that takes it out again.
    private var withdrawal: (option: String, edit: BodyEdit)?
    /// Facts that were read from the body.
    private(set) var facts: RequestFacts?

    init(head: HTTPRequestHead) { self.head = head }

    /// The model that the path names, if it names one.
    private var modelInPath: String? { operation.model == .path ? parameter : nil }

    /// Whether the client waits for a `100 Continue` before it sends the body.
    var expectsContinue: Bool { head.headers.first(name: HeaderName.expect)?.lowercased() == "100-continue" }

    /// Examines the head: is the key known, and may the body come?
    ///
    /// - Parameters:
    ///   - parameter: The model or the stored object that the path names, if it names one.
    ///   - peer: The address at the other end of the client's connection.
    /// - Returns: The refusal, if there is one.
    mutating func begin(
        _ operation: Operation, parameter: String?, in proxy: ProxyLoop, peer: String?
    ) -> ErrorAnswer? {
        self.operation = operation
        self.parameter = parameter
        guard let key = head.presentedKey(of: operation.upstreamProtocol) else { return ErrorAnswer(.unknownKey) }
        switch proxy.admission.authenticate(key.utf8) {
        case .key(let principal):
            self.principal = principal
            let isAllowed = principal.allows(
                from: proxy.configuration.trustedProxies.client(
                    of: peer.flatMap { IPAddress($0) }, forwardedFor: head.headers[HeaderName.forwardedFor]))
            guard isAllowed else { return ErrorAnswer(.addressNotAllowed) }
        case .management: return ErrorAnswer(.wrongKind)
        case nil: return ErrorAnswer(proxy.isOperatorKey(key) ? .wrongKind : .unknownKey)
        }
        guard !proxy.isStopping else { return ErrorAnswer(.stopping) }
        guard proxy.pool(operation.upstreamProtocol) != nil else { return .notFound(path: head.path) }
        let limit = proxy.configuration.maximumRequestBody
        if let refusal = beginDecoding(limit: limit, on: proxy.loop) { return refusal }
        if let length = head.headers.first(name: HeaderName.contentLength).flatMap({ Int($0) }) {
            guard length <= limit else { return .tooLarge(limit: limit) }
            body.reserveCapacity(min(length, 1 << 20))
        }
        return nil
    }

    /// Reads which content codings the body comes in.
    private mutating func beginDecoding(limit: Int, on loop: any EventLoop) -> ErrorAnswer? {
        guard let codings = head.headers.contentCodings else { return .unknownCoding }
        guard !codings.isEmpty else { return nil }
        do throws(DecodingFault) {
            codedBody = try CodedBody(codings, limit: limit, loop: loop)
            return nil
        } catch {
            return ErrorAnswer(error, limit: limit)
        }
    }

    /// Takes the body that was decoded.
    mutating func takeDecoded(_ decoded: ByteBuffer) {
        body = decoded
        codedBody = nil
    }

    /// Takes a part of a body that is in no content coding.
    ///
    /// - Parameter limit: The largest body, in bytes.
    /// - Returns: The refusal, if there is one.
    mutating func append(_ bytes: ByteBuffer, limit: Int) -> ErrorAnswer? {
        guard body.readableBytes + bytes.readableBytes <= limit else { return .tooLarge(limit: limit) }
        body.writeImmutableBuffer(bytes)
        return nil
    }

    /// Reads what the complete body asks for.
    mutating func scan() -> Result<RequestDemand, RequestFault> {
        let body = body
        let (operation, parameter, model) = (operation, parameter, modelInPath)
        let contentType = head.headers.first(name: HeaderName.contentType)
        let scanned = Result { () throws(RequestFault) in
            if operation.model == .object { return RequestFacts(ofObject: parameter ?? "") }
            return try RequestFacts(
                scanning: body.readableBytesUInt8Span, for: operation, model: model,
                contentType: contentType)
        }
        return scanned.map { facts in
            self.facts = facts
            return RequestDemand(operation: operation, facts: facts)
        }
    }

    /// Changes the body to what the upstream gets.
    ///
    /// - Parameters:
    ///   - outputLimit: The bound on the output that the money pays for, in tokens; nil to leave the request's own.
    ///   - endUser: The name of the end user; nil to leave the request's own.
    mutating func edit(limitingOutputTo outputLimit: Int64?, endUser: String?) {
        guard let facts else { return }
        let edits = facts.edits(limitingOutputTo: outputLimit, endUser: endUser)
        guard !edits.isEmpty else { return }
        if let option = facts.addedOption {
            withdrawal = edits.reverse(of: facts.usageEdit, in: body).map { (option, $0) }
        }
        body = body.replacing(edits)
    }

    /// The field that only the gateway added to the body.
    var addedOption: String? { withdrawal?.option }

    /// Takes the field that only the gateway added out of the body.
    mutating func withdrawOption() {
        guard let edit = withdrawal?.edit else { return }
        withdrawal = nil
        body = body.replacing([edit])
    }

    /// Returns what the client sees of a list of models: the entry of the model that the path names, or those that the key
    /// may name.
    func models(in list: ByteBuffer) -> Result<ByteBuffer, ErrorAnswer> {
        guard let principal else { return .failure(ErrorAnswer(.unknownKey)) }
        let shape = operation.upstreamProtocol
        if let modelInPath {
            let entry = principal.allows(model: modelInPath) ? ModelAnswer.entry(of: modelInPath, in: list, shape) : nil
            return entry.map { .success($0) } ?? .failure(ErrorAnswer(.modelNotPriced(model: modelInPath)))
        }
        let allowed =
            principal.allowedModels == nil ? list : ModelAnswer.list(list, shape, keeping: principal.allows(model:))
        return Result { () throws(RequestFault) in
            try ModelAnswer.page(of: allowed ?? ByteBuffer(), shape, query: head.query)
        }.mapError { ErrorAnswer($0) }
    }

    /// Whether the answer is bytes that are passed on as they come, and not a stream of events.
    var isRaw: Bool { operation.answer == .bytes && facts?.isStreamed == false }

    /// Returns the meter for a stream that answers the request, or nil if it does not ask for one.
    ///
    /// - Parameter counting: How the counts are read; evaluated only for a stream.
    func meter(counting: @autoclosure () -> CountingRules) -> StreamMeter? {
        guard let facts, facts.isStreamed || isRaw else { return nil }
        return StreamMeter(
            operation: operation, dropUsageEvent: facts.usageEdit != nil, counting: counting(),
            framing: framing, objects: facts.objectsGiven, isRaw: isRaw)
    }

    /// How the events of a stream that answers the request are told apart.
    var framing: StreamFraming { operation.upstreamProtocol.framing(head.query) }
}

extension [BodyEdit] {
    /// Returns the edit that undoes one of these, which are made together in a body.
    fileprivate func reverse(of edit: BodyEdit?, in body: ByteBuffer) -> BodyEdit? {
        var shift = 0
        for made in self {
            if made == edit {
                let start = made.range.lowerBound + shift
                let original = body.getBytes(at: body.readerIndex + made.range.lowerBound, length: made.range.count)
                return BodyEdit(range: start..<start + made.replacement.count, replacement: original ?? [])
            }
            shift += made.replacement.count - made.range.count
        }
        return nil
    }
}

extension ByteBuffer {
    /// Returns a copy in which some ranges of the readable bytes are replaced (sorted and disjoint).
    func replacing(_ edits: [BodyEdit]) -> ByteBuffer {
        guard !edits.isEmpty else { return self }
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
