import Admission
import HTTPTypes
import Ledger
import Logging
import NIOHTTP1
import Portal
import Pricing
import TestSupport
import Testing
import Timekeeping
import Vault
import Yams

@testable import ControlAPI
@testable import Proxy

/// `Public/openapi.yaml` against what the gateway really routes, in both directions.
@Suite struct DescriptionTests {
    private struct Operation: Hashable, CustomStringConvertible {
        var method: String
        var path: String
        var description: String { "\(method) \(path)" }
    }

    private let routes: [ControlRoute]
    private let described: [Operation: Node]
    private let root: Node

    init() async throws {
        let vault = try #require(KeyVault(sealKey: [UInt8](repeating: 7, count: 32)))
        let ledger = InMemoryLedger()
        let card = try RateCard(yaml: "models: {m: {input: 1, output: 1, context: 100}}", source: "test")
        let logger = Logger(label: "test")
        let admission = try await AdmissionServices.open(
            store: ledger, rateCard: card, vault: vault, policy: KeyPolicy(), longestRequest: .seconds(100),
            time: ManualTime(start: Timestamp(milliseconds: 0)), logger: logger)
        routes =
            ControlAPI(
                admission: admission, ledger: ledger,
                admin: AdminCredential(digest: try #require(vault.digest(of: "admin".utf8)), vault: vault),
                prices: { card }, health: { Health(isLedgerWritable: true, isStopping: false) },
                system: SystemSources(
                    ledger: { LedgerState(commits: nil, size: 0, logSize: 0, free: 0) }, upstreams: { [] },
                    proof: { LedgerProof(rows: 0, breaks: []) }),
                logger: logger
            ).routes
        let file = try #require(PortalFile.pages.first { $0.path == "/openapi.yaml" })
        root = try #require(try Yams.compose(yaml: String(decoding: file.plain.bytes, as: UTF8.self)))
        var described: [Operation: Node] = [:]
        for (path, item) in try #require(root["paths"]?.mapping) {
            for (name, operation) in try #require(item.mapping) where name.string != "parameters" {
                let method = try #require(name.string).uppercased()
                described[Operation(method: method, path: try #require(path.string))] = operation
            }
        }
        self.described = described
    }

    private static func operation(_ route: ControlRoute) -> Operation {
        Operation(method: route.method.rawValue, path: route.path.replacing(":id", with: "{id}"))
    }

    @Test func `what is described is what is routed`() {
        let routed =
            routes.map(Self.operation) + ControlAPI.open.map { Operation(method: "GET", path: $0) }
            + [Operation(method: "GET", path: "/assets/{version}/{folder}/{name}")]
            + ProxyRoute.described.map { Operation(method: $0.method.rawValue, path: $0.path) }
        #expect(Set(routed).count == routed.count)
        #expect(Set(described.keys) == Set(routed))
    }

    @Test func `each operation names the kinds of key that may call it`() throws {
        let names: [CredentialKind: String] = [
            .admin: "adminKey", .account: "accountKey", .management: "managementKey", .client: "clientKey",
            .webToken: "webToken",
        ]
        for route in routes {
            let operation = try #require(described[Self.operation(route)])
            let keys = operation["security"]?.sequence?.compactMap { $0.mapping?.keys.first?.string } ?? []
            #expect(Set(keys) == Set(route.credential.kinds.compactMap { names[$0] }), "\(route.name)")
        }
    }

    @Test func `each operation tells what can be repeated and what is limited`() throws {
        for route in routes {
            let operation = try #require(described[Self.operation(route)])
            let parameters = operation["parameters"]?.sequence?.compactMap { $0["$ref"]?.string } ?? []
            #expect(
                parameters.contains("#/components/parameters/idempotencyKey") == route.isRepeatable, "\(route.name)")
            let answers = (operation["responses"]?.mapping ?? [:]).reduce(into: [:]) { answers, answer in
                answers[answer.key.scalar?.string ?? ""] = answer.value
            }
            #expect((answers["429"] != nil) == (route.limit != nil), "\(route.name)")
            let failure = try #require(answers["401"]?["$ref"]?.string)
            let isObject = if case .object = route.errors { true } else { false }
            #expect(failure.hasSuffix(isObject ? "ObjectUnauthorized" : "TextUnauthorized"), "\(route.name)")
        }
    }

    @Test func `every error code is described with its status, and every described code exists`() throws {
        let schema = try #require(root["components"]?["schemas"]?["ErrorCode"])
        let listed = schema["enum"]?.sequence?.compactMap(\.string) ?? []
        #expect(listed == ErrorCode.allCases.map(\.rawValue))
        let table = try #require(schema["x-codes"]?.sequence)
        #expect(table.compactMap { $0["code"]?.string } == listed)
        #expect(table.compactMap { $0["status"]?.int } == ErrorCode.allCases.map(\.status.code))
        #expect(table.allSatisfy { $0["meaning"]?.string?.isEmpty == false })
    }

    @Test func `every code of a request that breaks HTTP is described`() throws {
        let schema = try #require(root["components"]?["schemas"]?["HTTPErrorCode"])
        let described = schema["enum"]?.sequence?.compactMap(\.string) ?? []
        #expect(described.sorted() == HTTPFault.allCases.map(\.code).sorted())
    }

    @Test func `every reference leads somewhere and nothing is described in vain`() throws {
        var used: Set<String> = []
        func look(_ node: Node) {
            if let reference = node["$ref"]?.string { used.insert(reference) }
            for (_, value) in node.mapping ?? [:] { look(value) }
            for item in node.sequence ?? [] { look(item) }
        }
        look(root)
        var there: Set<String> = []
        for kind in ["parameters", "headers", "responses", "schemas"] {
            for name in try #require(root["components"]?[kind]?.mapping).keys {
                there.insert("#/components/\(kind)/\(try #require(name.string))")
            }
        }
        #expect(used.symmetricDifference(there) == [])
    }

    @Test func `the page for people shows every operation and every shape`() throws {
        let file = try #require(PortalFile.pages.first { $0.path == "/docs" })
        let page = String(decoding: file.plain.bytes, as: UTF8.self)
        for operation in described.values {
            #expect(page.contains("<section id=\"\(try #require(operation["operationId"]?.string))\">"))
        }
        for name in try #require(root["components"]?["schemas"]?.mapping).keys {
            #expect(page.contains("<section id=\"schema-\(try #require(name.string))\">"))
        }
        #expect(!page.contains("<script"))
    }
}
