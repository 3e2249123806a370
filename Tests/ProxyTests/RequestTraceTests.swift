import Accounts
import Admission
import Ledger
import Metering
import Money
import NIOCore
import NIOEmbedded
import Observability
import Synchronization
import TestSupport
import Testing

@testable import Proxy

@Suite struct RequestTraceTests {
    private final class Recorder: ExchangeObserver {
        private let state = Mutex<[ExchangeRecord]>([])
        var records: [ExchangeRecord] { state.withLock { $0 } }
        func requestEnded(_ record: ExchangeRecord) { state.withLock { $0.append(record) } }
    }

    private let bench: ConnectionBench
    private let recorder = Recorder()

    init() async throws { bench = try await ConnectionBench() }

    private func connect() throws -> TestConnection {
        let connection = try bench.connect(observers: [recorder])
        connection.proxy.modelLists.keep(ByteBuffer(string: "{}"), for: .openAI, now: connection.proxy.now)
        return connection
    }

    private var chat: String {
        "POST /v1/chat/completions?secret=x HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(bench.key)\r\n"
    }

    @Test func `every request makes one record, with the identifier that the client saw`() throws {
        let connection = try connect()
        let requests = [
            ("GET /v1/nothing HTTP/1.1\r\nHost: a\r\n\r\n", 404, "unknown_url"),
            ("DELETE /v1/models HTTP/1.1\r\nHost: a\r\n\r\n", 405, "method_not_allowed"),
            ("GET /v1/models HTTP/1.1\r\nHost: a\r\n\r\n", 401, "invalid_api_key"),
            ("GET /v1/models HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer \(bench.key)\r\n\r\n", 200, nil),
            (chat + "Content-Length: 2\r\n\r\n[]", 400, nil),
            (chat + "Content-Length: 13\r\n\r\n{\"model\":\"x\"}", 404, "model_not_found"),
            ("GET //v1/models HTTP/1.1\r\nHost: a\r\n\r\n", 400, "ambiguous_path"),
        ]
        for (index, (request, status, code)) in requests.enumerated() {
            let answer = try connection.send(request)
            #expect(recorder.records.count == index + 1)
            let record = try #require(recorder.records.last)
            #expect(record.status == status && record.refusalCode == code, "\(request)")
            #expect(record.requestID.hasPrefix("req_") && answer.contains("request-id: \(record.requestID)"))
            #expect(record.ending == (status == 200 ? .complete : .refused))
            #expect(!(record.path?.contains("?") ?? true))
        }
        #expect(recorder.records[3].keyID != nil && recorder.records[3].operation == .openAIModels)
        #expect(recorder.records[5].model == "x" && recorder.records[5].bytesIn == 13)
        #expect(recorder.records[5].bytesOut > 0 && recorder.records[5].attempts == 0)
        #expect(recorder.records[2].keyID == nil && recorder.records[2].method == "GET")
    }

    @Test func `requests of the control plane make a record and get an identifier`() throws {
        let connection = try connect()
        try connection.send("PUT /thing?key=x HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab")
        #expect(recorder.records.isEmpty)
        connection.control.answer("fine")
        let record = try #require(recorder.records.last)
        #expect(try connection.received().contains("x-request-id: \(record.requestID)"))
        #expect(record.path == "/thing" && record.method == "PUT" && record.status == 200)
        #expect(record.bytesIn == 2 && record.bytesOut == 4 && record.ending == .complete && record.operation == nil)
    }

    @Test func `what is not HTTP makes a record without a path`() throws {
        let connection = try connect()
        try connection.send("\u{1}nonsense\r\n\r\n")
        #expect(recorder.records.count == 1)
        #expect(recorder.records[0].path == nil && recorder.records[0].refusalCode == "malformed_http")
        try connection.close()
        #expect(recorder.records.count == 1)
    }

    @Test func `a client that disconnects leaves one record, whatever it was waiting for`() throws {
        for request in [chat + "Content-Length: 9\r\n\r\nx", "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"] {
            let before = recorder.records.count
            let connection = try connect()
            try connection.send(request)
            try connection.close()
            #expect(recorder.records.count == before + 1)
            #expect(recorder.records.last?.status == 499 && recorder.records.last?.ending == .disconnected)
        }
        let idle = try connect()
        try idle.close()
        #expect(recorder.records.count == 2)
    }

    @Test func `a preflight makes a record`() throws {
        let connection = try bench.connect(observers: [recorder]) { $0.crossOrigin = CrossOrigin(["*"]) }
        try connection.send(
            "OPTIONS /v1/models HTTP/1.1\r\nHost: a\r\nOrigin: https://a\r\nAccess-Control-Request-Method: GET\r\n\r\n")
        #expect(recorder.records.map(\.status) == [204] && recorder.records[0].ending == .complete)
    }

    @Test func `a record ends when both the client's answer and the exchange have ended`() throws {
        let trace = RequestTrace(observers: [recorder], time: bench.time)
        trace.exchangeBegan()
        trace.clientEnded(isGone: true)
        bench.time.advance(milliseconds: 5)
        #expect(recorder.records.isEmpty)
        let outcome = RequestOutcome(
            usage: Usage(output: 3), usageSource: .estimated, durationMilliseconds: 5, firstByteMilliseconds: nil,
            status: 499, ending: .disconnected)
        trace.settled(outcome, cost: NanoUSD(nanos: 7))
        trace.exchangeEnded()
        trace.clientEnded(isGone: true)
        let record = try #require(recorder.records.last)
        #expect(recorder.records.count == 1 && record.ending == .disconnected && record.cost?.nanos == 7)
        #expect(record.phases.ended - record.phases.received == 5_000_000 && record.usage?.output == 3)
    }
}
