import Accounts
import Admission
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
        guard let key = head.headers.presentedKey else { return ErrorAnswer(.unknownKey) }
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
        guard proxy.pool(operation.upstreamProtocol) != nil else { return .notFound(path: head.uri) }
        if let encoding = head.headers.first(name: HeaderName.contentEncoding), encoding.lowercased() != "identity" {
            return .encodedBody
        }
        let limit = proxy.configuration.maximumRequestBody
        if let length = head.headers.first(name: HeaderName.contentLength).flatMap({ Int($0) }) {
            guard length <= limit else { return .tooLarge(limit: limit) }
            body.reserveCapacity(min(length, 1 << 20))
        }
        return nil
    }

    /// Takes a part of the body.
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
        let scanned = Result { () throws(RequestFault) in
            if operation.model == .object { return RequestFacts(ofObject: parameter ?? "") }
            return try RequestFacts(scanning: body.readableBytesUInt8Span, for: operation, model: model)
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
        if let edits = facts?.edits(limitingOutputTo: outputLimit, endUser: endUser) { body = body.replacing(edits) }
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
            try ModelAnswer.page(of: allowed ?? ByteBuffer(), shape, target: head.uri)
        }.mapError { ErrorAnswer($0) }
    }

    /// Returns the meter for a stream that answers the request, or nil if it does not ask for one.
    ///
    /// - Parameter counting: How the counts are read.
    func meter(counting: CountingRules) -> StreamMeter? {
        guard let facts, facts.isStreamed else { return nil }
        return StreamMeter(
            operation: operation, dropUsageEvent: facts.usageEdit != nil, counting: counting,
            objects: facts.objectsGiven)
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
