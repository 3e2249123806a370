import Accounts
import Admission
import ControlAPI
import Foundation
import Logging
import Metering
import Pricing
import Proxy

/// Everything that a gateway is started with, read and checked.
public struct GatewayConfiguration: Sendable {
    /// Host and port to listen on; port 0 takes a free one.
    public var listen: (host: String, port: Int)
    /// The ledger's file.
    public var databasePath: String
    /// The prices.
    public var rateCard: RateCard
    /// Reads the prices again from where they came from.
    public var priceSource: @Sendable () throws -> RateCard
    /// What requests are charged that an earlier run left in flight.
    public var recovery: RecoveryPolicy
    /// How many days rows are kept; nil keeps them for ever.
    public var retentionDays: Int?
    /// The operator's key, if one is given.
    public var adminKey: Secret?
    /// What client keys are sealed with, if it is given.
    public var sealKey: [UInt8]?
    /// What is logged.
    public var logLevel: Logger.Level
    /// Event loops; 0 takes one for each core.
    public var threads: Int
    /// What the operator lets keys do.
    public var keyPolicy: KeyPolicy
    /// The control plane.
    public var control = ControlConfiguration()
    /// The data path.
    public var proxy: ProxyConfiguration
    /// How long requests in flight may finish after SIGTERM.
    public var shutdownTimeout: Duration

    /// Reads a configuration.
    ///
    /// - Parameters:
    ///   - flags: Flags of the command, such as `["--listen", "0.0.0.0:80"]`; they come before everything else.
    ///   - environment: Variables; they come before the file.
    ///   - file: Path of a YAML file.
    public init(flags: [String], environment: [String: String], file: String?) async throws(ConfigurationError) {
        let reader = try await SettingsReader(flags: flags, environment: environment, file: file)
        listen = try reader.address(.listen)
        databasePath = try reader.databasePath(.database)
        let prices = reader.value(.prices)
        rateCard = try Self.rateCard(prices)
        priceSource = { try Self.rateCard(prices) }
        recovery = try Self.recovery(reader)
        let days = try reader.count(.retention, in: 0...36_500)
        retentionDays = days == 0 ? nil : days
        adminKey = try reader.adminKey(.adminKey)
        sealKey = try reader.sealKey(.sealKey)
        logLevel = try reader.logLevel(.logLevel)
        threads = try reader.count(.threads, in: 0...1024)
        keyPolicy = try Self.keyPolicy(reader)
        control = try Self.control(reader)
        proxy = try Self.proxy(reader)
        proxy.trustedProxies = control.trustedProxies
        proxy.crossOrigin = try reader.origins(.corsOrigins)
        shutdownTimeout = try reader.seconds(.shutdownTimeout)
    }

    /// Reads the operator's file, or takes the shipped card if none is named.
    private static func rateCard(_ file: SettingsReader.Value?) throws(ConfigurationError) -> RateCard {
        guard let file else {
            do {
                return try RateCard.shipped()
            } catch {
                throw ConfigurationError("\(error)")
            }
        }
        guard let text = try? String(contentsOfFile: file.text, encoding: .utf8) else {
            throw ConfigurationError("\(file.name): \(file.text) cannot be read")
        }
        do {
            return try RateCard(yaml: text, source: file.text)
        } catch {
            throw ConfigurationError("\(file.name): \(error)")
        }
    }

    private static func recovery(_ reader: SettingsReader) throws(ConfigurationError) -> RecoveryPolicy {
        guard let value = reader.value(.recovery) else { return .input }
        guard let policy = RecoveryPolicy(rawValue: value.text) else {
            throw ConfigurationError("\(value.name): '\(value.text)' is not accepted; expected input, hold or nothing")
        }
        return policy
    }

    private static func keyPolicy(_ reader: SettingsReader) throws(ConfigurationError) -> KeyPolicy {
        let rpm = try reader.count(.rpmMaximum, in: 1...1_000_000_000)
        let concurrency = try reader.count(.concurrencyMaximum, in: 1...1_000_000)
        return KeyPolicy(
            clientDefault: KeyLimits(
                requestsPerMinute: min(rpm, try reader.count(.rpmStandard, in: 1...1_000_000_000)),
                concurrentRequests: min(concurrency, try reader.count(.concurrencyStandard, in: 1...1_000_000))),
            clientMaximum: KeyLimits(requestsPerMinute: rpm, concurrentRequests: concurrency),
            account: KeyLimits(
                requestsPerMinute: try reader.count(.accountRPM, in: 1...1_000_000_000),
                concurrentRequests: try reader.count(.accountConcurrency, in: 1...1_000_000)),
            leastOutputTokens: Int64(try reader.count(.leastOutput, in: 1...1_000_000)))
    }

    private static func control(_ reader: SettingsReader) throws(ConfigurationError) -> ControlConfiguration {
        var control = ControlConfiguration()
        control.trustedProxies = try reader.proxies(.trustedProxies)
        control.limits.balance = try reader.rate(.balanceRate)
        control.limits.activity = try reader.rate(.activityRate)
        control.limits.analytics = try reader.rate(.analyticsRate)
        control.limits.readKeys = try reader.rate(.readKeysRate)
        control.limits.createKeys = try reader.rate(.createKeysRate)
        control.limits.changeKeys = try reader.rate(.changeKeysRate)
        control.limits.redeem = try reader.rate(.redeemRate)
        return control
    }

    private static func proxy(_ reader: SettingsReader) throws(ConfigurationError) -> ProxyConfiguration {
        var upstreams: [UpstreamProtocol: Upstream] = [:]
        let settings: [(UpstreamProtocol, Setting, Setting)] = [
            (.openAI, .upstreamOpenAI, .upstreamOpenAIKey), (.anthropic, .upstreamAnthropic, .upstreamAnthropicKey),
        ]
        for (upstreamProtocol, address, ownKey) in settings {
            guard let url = reader.value(address) else { continue }
            let own = try reader.key(ownKey)
            let common = try reader.key(.upstreamKey)
            guard let key = own ?? common else {
                throw ConfigurationError("\(Setting.upstreamKey.variable): needed for \(url.name)")
            }
            upstreams[upstreamProtocol] = try reader.upstream(url, key: key)
        }
        guard !upstreams.isEmpty else {
            throw ConfigurationError(
                "\(Setting.upstreamOpenAI.variable) or \(Setting.upstreamAnthropic.variable) is needed: the base URL of"
                    + " an upstream, ending in /v1")
        }
        var proxy = ProxyConfiguration(upstreams: upstreams)
        if let file = reader.value(.upstreamAuthorities) {
            guard FileManager.default.isReadableFile(atPath: file.text) else {
                throw ConfigurationError("\(file.name): \(file.text) cannot be read")
            }
            proxy.certificateAuthorityFile = file.text
        }
        proxy.maximumRequestBody = try reader.count(.requestBody, in: 1...1 << 30)
        proxy.maximumAnswerBody = try reader.count(.answerBody, in: 1...1 << 30)
        proxy.drainBytes = try reader.count(.drainBytes, in: 0...1 << 40)
        proxy.attempts = try reader.count(.attempts, in: 1...10)
        proxy.longestPause = try reader.seconds(.retryTimeout)
        proxy.connectTimeout = try reader.seconds(.connectTimeout)
        proxy.headerTimeout = try reader.seconds(.headerTimeout)
        proxy.idleTimeout = try reader.seconds(.idleTimeout)
        proxy.totalTimeout = try reader.seconds(.totalTimeout)
        proxy.clientIdleTimeout = try reader.seconds(.clientTimeout)
        proxy.drainTime = try reader.seconds(.drainTimeout)
        proxy.pingInterval = try reader.seconds(.pingInterval)
        return proxy
    }
}
