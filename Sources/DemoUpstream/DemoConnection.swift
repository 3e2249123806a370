import NIOCore
import NIOHTTP1

/// The handler of one connection to the demo upstream. Confined to its channel's event loop.
final class DemoConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private struct Plan {
        var answer: DemoAnswer
        var switches: DemoSwitches
    }

    private let configuration: DemoUpstream.Configuration
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()
    /// The response to the last request, reused if the next one is the same, as in load tests.
    private var cached: (path: String, body: ByteBuffer, plan: Plan)?

    init(_ configuration: DemoUpstream.Configuration) {
        self.configuration = configuration
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body.clear()
        case .body(var bytes): body.writeBuffer(&bytes)
        case .end:
            guard let head else { return }
            configuration.observer?(head, body)
            respond(plan(head), head, context)
        }
    }

    private func plan(_ head: HTTPRequestHead) -> Plan {
        let path = String(head.uri.prefix { $0 != "?" })
        let shape = DemoProtocol(head)
        func refusal(_ status: Int, _ message: String) -> Plan {
            Plan(answer: .error(status, message, shape), switches: DemoSwitches())
        }
        if let key = configuration.key {
            let presented = head.headers.first(name: shape.keyField)
            guard presented == key || presented == "Bearer " + key else { return refusal(401, "invalid x-api-key") }
        }
        let named = DemoRequest.geminiPath(path)
        guard let known = named?.path ?? DemoRequest.Path(rawValue: path) else { return refusal(404, "Not found") }
        if known == .models || known == .geminiModels { return Plan(answer: .models(shape), switches: DemoSwitches()) }
        if let cached, cached.path == head.uri, cached.body == body { return cached.plan }
        do throws(DemoRequest.Fault) {
            let request = try DemoRequest(
                known, body: Array(body.readableBytesView), model: named?.model,
                isArray: known == .streamGenerate && !head.uri.hasSuffix("?alt=sse"))
            let plan = Plan(answer: DemoAnswer(request), switches: request.switches)
            cached = (head.uri, body, plan)
            return plan
        } catch {
            switch error {
            case .unreadable: return refusal(400, "The body is not a JSON object")
            case .unknownSwitch(let word): return refusal(400, "Unknown switch: \(word)")
            }
        }
    }

    private func respond(_ plan: Plan, _ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        if plan.switches.hangs { return }
        guard plan.switches.delay > 0 else { return begin(plan, head, context) }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: .milliseconds(Int64(plan.switches.delay))) {
            let (connection, context) = bound.value
            connection.begin(plan, head, context)
        }
    }

    private func begin(_ plan: Plan, _ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let answer = plan.answer
        var headers = HTTPHeaders([("content-type", answer.contentType)])
        for (name, value) in answer.headers { headers.add(name: name, value: value) }
        if answer.isStream {
            headers.add(name: "transfer-encoding", value: "chunked")
        } else {
            headers.add(name: "content-length", value: String(answer.parts[0].utf8.count))
        }
        context.write(
            wrapOutboundOut(
                .head(HTTPResponseHead(version: .http1_1, status: .init(statusCode: answer.status), headers: headers))),
            promise: nil)
        var pieces = answer.parts
        if let size = plan.switches.split { pieces = Self.split(pieces.joined(), size) }
        send(pieces[...], plan.switches, sent: 0, context)
    }

    /// Writes the parts of a response, at once or with delays between them.
    private func send(
        _ parts: ArraySlice<String>, _ switches: DemoSwitches, sent: Int, _ context: ChannelHandlerContext
    ) {
        var parts = parts
        var sent = sent
        while let part = parts.popFirst() {
            if sent == switches.cut {
                context.flush()
                return context.close(promise: nil)
            }
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: part)))), promise: nil)
            sent += 1
            guard switches.slow > 0 || switches.split != nil, !parts.isEmpty else { continue }
            context.flush()
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            let rest = parts
            let soFar = sent
            context.eventLoop.scheduleTask(in: .milliseconds(Int64(switches.slow))) {
                let (connection, context) = bound.value
                if context.channel.isActive { connection.send(rest, switches, sent: soFar, context) }
            }
            return
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }

    private static func split(_ text: String, _ size: Int) -> [String] {
        let bytes = Array(text.utf8)
        return stride(from: 0, to: bytes.count, by: size).map {
            String(decoding: bytes[$0..<min($0 + size, bytes.count)], as: UTF8.self)
        }
    }
}
