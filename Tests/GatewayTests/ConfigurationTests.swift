import Accounts
import Admission
import Foundation
import GatewayServer
import Metering
import Proxy
import Testing

@Suite struct ConfigurationTests {
    private let needed = [
        "TOLLGATE_UPSTREAM_OPENAI": "https://example.test:8443/api/v1/", "TOLLGATE_UPSTREAM_KEY": "k",
    ]

    private func read(
        _ environment: [String: String] = [:], flags: [String] = []
    ) async throws(ConfigurationError) -> GatewayConfiguration {
        try await GatewayConfiguration(
            flags: flags, environment: needed.merging(environment) { $1 }, file: nil)
    }

    @Test func `every setting but the upstream has a default`() async throws {
        let configuration = try await read()
        #expect(configuration.listen == ("127.0.0.1", 8080))
        #expect(configuration.databasePath == "data/tollgate.sqlite")
        #expect(configuration.keyPolicy.clientMaximum.requestsPerMinute == 60)
        #expect(configuration.proxy.maximumRequestBody == 33_554_432)
        let upstream = try #require(configuration.proxy.upstreams[.openAI])
        #expect(upstream.host == "example.test" && upstream.port == 8443 && upstream.usesTLS)
        #expect(upstream.basePath == "/api/v1" && configuration.proxy.upstreams[.anthropic] == nil)
    }

    @Test func `flags take precedence over variables`() async throws {
        let configuration = try await read(
            ["TOLLGATE_LISTEN": "0.0.0.0:1"], flags: ["--listen", "[::1]:9", "--timeouts-idle=2.5"])
        #expect(configuration.listen == ("::1", 9) && configuration.proxy.idleTimeout == .milliseconds(2500))
    }

    @Test func `the name of every setting is unique as variable and as flag`() {
        #expect(Set(Setting.all.map(\.variable)).count == Setting.all.count)
        #expect(Set(Setting.all.compactMap(\.flag)).count == Setting.all.filter { !$0.isSecret }.count)
        #expect(Setting.all.filter(\.isSecret).allSatisfy { $0.flag == nil && $0.defaultValue == nil })
    }

    @Test func `docs/settings.md is the page that the settings command prints`() throws {
        let page = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/settings.md")
        #expect(try String(contentsOf: page, encoding: .utf8) == Setting.markdownPage + "\n")
    }

    @Test func `every setting has one summary that fits into a table`() {
        for setting in Setting.all {
            #expect(setting.summary.hasSuffix(".") && !setting.summary.contains("|") && !setting.summary.contains("\n"))
        }
    }

    @Test func `a configuration without an upstream or its key is refused`() async {
        await #expect(throws: ConfigurationError.self) {
            try await GatewayConfiguration(flags: [], environment: [:], file: nil)
        }
        await #expect(throws: ConfigurationError.self) {
            try await GatewayConfiguration(
                flags: [], environment: ["TOLLGATE_UPSTREAM_OPENAI": "http://x/v1"], file: nil)
        }
    }
}
