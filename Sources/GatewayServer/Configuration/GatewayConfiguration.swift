import Accounts
import Admission
import ControlAPI
import Foundation
import Logging
import Metering
import Observability
import Pricing
import Proxy

/// The validated configuration of a gateway.
public struct GatewayConfiguration: Sendable {
    /// Host and port to listen on; port 0 means any free port.
    public var listen: (host: String, port: Int)
    /// Path of the ledger database.
    public var databasePath: String
    /// The rate card in force at the start.
    public var rateCard: RateCard
    /// Reads the rate card again from its file, or returns the built-in one.
    public var priceSource: @Sendable () throws -> RateCard
    /// The charge for requests that a crash interrupted.
    public var recovery: RecoveryPolicy
    /// Days that usage rows are kept; nil keeps them forever.
    public var retentionDays: Int?
    /// The admin key; nil if the gateway generates one.
    public var adminKey: Secret?
    /// The seal key, 32 bytes; nil if the gateway keeps one in a file beside the database.
    public var sealKey: [UInt8]?
    /// The minimum level of log lines.
    public var logLevel: Logger.Level
    /// Destination of the access log; nil writes none.
    public var accessLog: AccessLog.Destination?
    /// Number of event loops; 0 means one per CPU core.
    public var threads: Int
    /// Default and maximum limits of keys.
    public var keyPolicy: KeyPolicy
    /// Configuration of the control plane.
    public var control = ControlConfiguration()
    /// Configuration of the data path.
    public var proxy: ProxyConfiguration
    /// Maximum time for requests in flight to finish after SIGTERM.
    public var shutdownTimeout: Duration

    /// Reads and validates a configuration.
    ///
    /// - Parameters:
    ///   - flags: Command-line flags, such as `["--listen", "0.0.0.0:80"]`; they take precedence over `environment`.
    ///   - environment: Environment variables; they take precedence over `file`.
    ///   - file: Path of a YAML file.
    /// - Throws: ``ConfigurationError`` for the first setting that is invalid, unknown or missing.
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
        accessLog =
            switch reader.valueOrDefault(.accessLog)?.text {
            case nil, "off": nil
            case "stderr": .standardError
            case let path?: .file(path)
            }
        threads = try reader.count(.threads, in: 0...1024)
        keyPolicy = try Self.keyPolicy(reader)
        control = try Self.control(reader)
        proxy = try Self.proxy(reader)
        proxy.trustedProxies = control.trustedProxies
        proxy.crossOrigin = try reader.origins(.corsOrigins)
        shutdownTimeout = try reader.seconds(.shutdownTimeout)
    }

    /// Reads the rate card file, or the built-in rate card if no file is configured.
    private static func rateCard(_ file: SettingsReader.Value?) throws(ConfigurationError) -> RateCard {
        guard let file else {
            do {
                return try RateCard.builtIn()
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
                requestsPerMinute: min(rpm, try reader.count(.rpmDefault, in: 1...1_000_000_000)),
                concurrentRequests: min(concurrency, try reader.count(.concurrencyDefault, in: 1...1_000_000))),
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
        for upstreamProtocol in UpstreamProtocol.allCases {
            guard let url = reader.value(.upstreamAddress(upstreamProtocol)) else { continue }
            let own = try reader.key(.ownUpstreamKey(upstreamProtocol))
            let common = try reader.key(.upstreamKey)
            guard let key = own ?? common else {
                throw ConfigurationError("\(Setting.upstreamKey.variable): required for \(url.name)")
            }
            var upstream = try reader.upstream(url, version: upstreamProtocol.version, key: key)
            if upstreamProtocol.namesEndUsers {
                upstream.namesEndUsersByKey =
                    try reader.choice(.endUser(upstreamProtocol), of: ["key", "client"]) == "key"
            }
            upstreams[upstreamProtocol] = upstream
        }
        guard !upstreams.isEmpty else {
            let variables = UpstreamProtocol.allCases.map { Setting.upstreamAddress($0).variable }
            throw ConfigurationError("\(variables.joined(separator: " or ")) is required: the base URL of an upstream")
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
