import Accounts
import Admission
import ControlAPI
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import Ledger
import Logging
import Metering
import NIOCore
import Pricing
import TestSupport
import Testing
import Timekeeping
import Vault

/// The control plane over the model of the ledger, called without a socket.
struct ControlFixture: Sendable {
    static let adminKey = "sk-tga-operator"

    let ledger = InMemoryLedger()
    let time = ManualTime(start: Timestamp(milliseconds: 1_790_000_000_000))
    let admission: AdmissionServices
    private let control: ControlAPI

    init(_ configuration: ControlConfiguration = ControlConfiguration()) async throws {
        let vault = try #require(KeyVault(sealKey: [UInt8](repeating: 7, count: 32)))
        let card = try RateCard(
            yaml: "models: {m: {input: 1, output: 1, context: 1000, max_output: 10}}", source: "test")
        let logger = Logger(label: "test")
        admission = try await AdmissionServices.open(
            store: ledger, rateCard: card, vault: vault, policy: KeyPolicy(), time: time, logger: logger)
        control = ControlAPI(
            admission: admission, ledger: ledger,
            admin: AdminCredential(digest: try #require(vault.digest(of: Self.adminKey.utf8)), vault: vault),
            configuration: configuration, prices: { card },
            health: { Health(isLedgerWritable: true, isStopping: false) },
            system: SystemSources(
                ledger: { LedgerState(commits: nil, size: 0, logSize: 0, free: 0) }, upstreams: { [] },
                proof: { LedgerProof(rows: 0, breaks: []) }),
            logger: logger)
    }

    /// An answer of the control plane.
    struct Answer: Sendable {
        var status: Int
        var headers: HTTPFields
        var body: JSONValue

        /// `code` of an error in either shape.
        var code: String? { body["code"]?.text ?? body["error"]?["code"]?.text }
        /// `field` of an error in either shape.
        var field: String? { body["field"]?.text ?? body["error"]?["field"]?.text }
    }

    /// Calls a route.
    func call(
        _ method: HTTPRequest.Method, _ path: String, _ key: String? = nil, _ body: String? = nil,
        headers: HTTPFields = [:]
    ) async throws -> Answer {
        var fields = headers
        if let key { fields[.authorization] = "Bearer \(key)" }
        let sent = fields
        return try await Application(router: control.router()).test(.router) { client in
            let response = try await client.execute(
                uri: path, method: method, headers: sent, body: body.map { ByteBuffer(string: $0) })
            return Answer(
                status: response.status.code, headers: response.headers,
                body: try JSONDecoder().decode(JSONValue.self, from: Data(String(buffer: response.body).utf8)))
        }
    }

    /// Opens an account with a deposit of 100 USD; returns its identifier and its key.
    func account() async throws -> (id: String, key: String) {
        let opened = try await call(.post, "/admin/accounts", Self.adminKey, #"{"name": "reseller"}"#)
        let id = try #require(opened.body["id"]?.text)
        let deposit = try await call(.post, "/admin/accounts/\(id)/deposits", Self.adminKey, #"{"amount": 100}"#)
        try #require(deposit.status == 200)
        return (id, try #require(opened.body["key"]?.text))
    }

    /// Makes a client key with a budget of 10 USD.
    func clientKey(of account: String) async throws -> String {
        let made = try await call(.post, "/sub-keys", account, #"{"budgetVirtual": 10}"#)
        return try #require(made.body["key"]?.text)
    }

    /// Makes a model request with a key, which ends at once.
    func request(_ key: String) throws {
        guard case .key(let principal) = admission.requests.authenticate(key.utf8) else {
            throw Refusal.unknownKey
        }
        let body = Array(#"{"model": "m"}"#.utf8)
        let facts = try RequestFacts(scanning: body.span, for: .chatCompletions)
        let decision = admission.requests.admit(
            RequestDemand(operation: .chatCompletions, facts: facts), of: principal,
            requestID: UUIDv7(time: time.now()), startedAt: time.now(), onDurable: { _ in })
        switch consume decision {
        case .admitted(let held, _):
            admission.requests.settle(
                held,
                RequestOutcome(
                    usage: Usage(input: 10, output: 5), usageSource: .reported, durationMilliseconds: 1,
                    firstByteMilliseconds: 1, status: 200))
        case .refused(let refusal, _): throw refusal
        }
    }
}

/// A JSON value that was read.
enum JSONValue: Decodable, Equatable, Sendable {
    case object([String: JSONValue])
    case array([JSONValue])
    case text(String)
    case number(Double)
    case flag(Bool)
    case null

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let flag = try? container.decode(Bool.self) {
            self = .flag(flag)
        } else if let number = try? container.decode(Double.self) {
            self = .number(number)
        } else if let text = try? container.decode(String.self) {
            self = .text(text)
        } else if let list = try? container.decode([JSONValue].self) {
            self = .array(list)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    subscript(name: String) -> JSONValue? { if case .object(let members) = self { members[name] } else { nil } }

    var text: String? { if case .text(let text) = self { text } else { nil } }
    var number: Double? { if case .number(let number) = self { number } else { nil } }
    var list: [JSONValue]? { if case .array(let list) = self { list } else { nil } }
}
