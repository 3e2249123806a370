import Metering

/// A setting of the gateway. Reading, help texts and documentation are all made from these values.
public struct Setting: Sendable {
    /// The accepted form of a value; the raw value names it in the documentation.
    public enum ValueType: String, Sendable {
        case text
        case address = "host:port"
        case url = "URL"
        case file
        case count = "whole number"
        case rates = "burst/minute"
        case ranges = "CIDR, CIDR ..."
        case origins = "origin, origin ..."
        case seconds
        case key
    }

    /// The keys that lead to the setting in a configuration file, outermost first.
    public let path: [String]
    /// The accepted form of a value.
    public let type: ValueType
    /// The value used when none is given; nil if the setting is then off or required.
    public let defaultValue: String?
    /// Whether the value is a secret: secrets have no flag, because process lists show flags, and error messages never
    /// repeat them.
    public let isSecret: Bool
    /// One sentence of documentation, in Markdown.
    public let summary: String

    init(_ path: String, _ type: ValueType, _ defaultValue: String?, secret isSecret: Bool = false, _ summary: String) {
        self.path = path.split(separator: ".").map(String.init)
        self.type = type
        self.defaultValue = defaultValue
        self.isSecret = isSecret
        self.summary = summary
    }

    /// The environment variable, such as `TOLLGATE_UPSTREAM_OPENAI`.
    public var variable: String {
        "TOLLGATE_" + path.joined(separator: "_").uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
    }

    /// The command-line flag, such as `--upstream-openai`; nil for secrets.
    public var flag: String? { isSecret ? nil : "--" + path.joined(separator: "-") }

    /// The dotted key in a configuration file, such as `upstream.openai`.
    public var fileKey: String { path.joined(separator: ".") }
}

extension Setting {
    static let listen = Setting(
        "listen", .address, "127.0.0.1:8080", "Address to listen on; IPv6 addresses are written in brackets.")
    static let database = Setting(
        "database", .text, "sqlite:data/tollgate.sqlite", "Ledger database: `sqlite:` and a path.")
    static let threads = Setting("threads", .count, "0", "Number of event loops; 0 means one per CPU core.")
    static let logLevel = Setting(
        "log-level", .text, "info", "Minimum log level: trace, debug, info, notice, warning, error or critical.")
    static let accessLog = Setting(
        "access-log", .text, "off",
        "Access log, one JSON line per request: `off`, `stderr` or a file, which `SIGHUP` reopens.")
    static let trustedProxies = Setting(
        "trusted-proxies", .ranges, nil,
        "Addresses of reverse proxies whose `X-Forwarded-For` is trusted; without them the peer address is the client address."
    )
    static let corsOrigins = Setting(
        "cors-origins", .origins, nil,
        "Origins whose pages may call the gateway (CORS), such as `https://portal.example`; `*` allows all.")

    static func upstreamAddress(_ upstreamProtocol: UpstreamProtocol) -> Setting {
        Setting(
            "upstream.\(upstreamProtocol.settingName)", .url, nil,
            "Base URL of the \(upstreamProtocol.name)-protocol upstream, ending in `/\(upstreamProtocol.version)`.")
    }
    static let upstreamKey = Setting(
        "upstream.key", .key, nil, secret: true,
        "Key of the upstream account, for every protocol without a key of its own.")
    static func ownUpstreamKey(_ upstreamProtocol: UpstreamProtocol) -> Setting {
        Setting(
            "upstream.\(upstreamProtocol.settingName)-key", .key, nil, secret: true,
            "Key for the \(upstreamProtocol.name)-protocol upstream, if different.")
    }
    static func endUser(_ upstreamProtocol: UpstreamProtocol) -> Setting {
        Setting(
            "upstream.\(upstreamProtocol.settingName)-end-user", .text, "key",
            "End user that requests to the \(upstreamProtocol.name)-protocol upstream name: `key` (a digest of the client key) or `client` (what the client sends)."
        )
    }
    static let upstreamAuthorities = Setting(
        "upstream.ca-file", .file, nil,
        "PEM file of CA certificates that upstream connections trust in addition to the system's.")
    static let attempts = Setting(
        "upstream.attempts", .count, "2",
        "Maximum number of attempts per request when the upstream is unreachable, overloaded (429, 529) or failing (5xx)."
    )

    static let adminKey = Setting(
        "admin-key", .key, nil, secret: true,
        "Admin key, at least 16 characters. If unset, one is generated at the first start and printed once.")
    static let sealKey = Setting(
        "seal-key", .key, nil, secret: true,
        "32 bytes as hex or base64 from which the keys for digests and for sealing are derived. If unset, one is generated into a file beside the database."
    )

    static let prices = Setting(
        "prices", .file, nil, "Rate card file (YAML or JSON); the built-in rate card if unset.")
    static let recovery = Setting(
        "recovery.charge", .text, "input",
        "Charge for requests that a crash interrupted: `input` (the bound of their input), `hold` (the whole hold) or `nothing`."
    )
    static let retention = Setting(
        "retention.days", .count, "0", "Days that usage rows are kept; 0 keeps them forever. Sums are never removed.")

    static let rpmDefault = Setting(
        "limits.rpm-default", .count, "60", "Requests per minute of a client key without a limit of its own.")
    static let rpmMaximum = Setting(
        "limits.rpm-maximum", .count, "60", "Maximum requests per minute that a client key can be given.")
    static let concurrencyDefault = Setting(
        "limits.concurrency-default", .count, "5", "Concurrent requests of a client key without a limit of its own.")
    static let concurrencyMaximum = Setting(
        "limits.concurrency-maximum", .count, "100", "Maximum concurrent requests that a client key can be given.")
    static let accountRPM = Setting("limits.account-rpm", .count, "600", "Requests per minute of an account key.")
    static let accountConcurrency = Setting(
        "limits.account-concurrency", .count, "50", "Concurrent requests of an account key.")
    static let leastOutput = Setting(
        "limits.least-output", .count, "16",
        "Minimum output tokens that a request is clamped to; one that cannot afford them is refused.")
    static let requestBody = Setting(
        "limits.request-body", .count, "33554432", "Maximum request body in bytes; a larger one gets 413.")
    static let answerBody = Setting(
        "limits.answer-body", .count, "67108864", "Maximum size in bytes of a response that is not a stream.")
    static let drainBytes = Setting(
        "limits.drain-bytes", .count, "16777216",
        "Maximum bytes of a response read for its usage after the client has disconnected.")

    static let balanceRate = Setting(
        "account-limits.balance", .rates, "10/120", "Reads of balance and credits.")
    static let activityRate = Setting("account-limits.activity", .rates, "5/60", "Reads of activity.")
    static let analyticsRate = Setting("account-limits.analytics", .rates, "2/25", "Reads of analytics.")
    static let readKeysRate = Setting("account-limits.read-keys", .rates, "5/60", "Reads of keys.")
    static let createKeysRate = Setting("account-limits.create-keys", .rates, "2/12", "Creations of keys.")
    static let changeKeysRate = Setting(
        "account-limits.change-keys", .rates, "2/15", "Updates, rotations and deletions of keys.")
    static let redeemRate = Setting(
        "account-limits.redeem", .rates, "5/10", "Voucher redemptions tried by a client key.")

    static let connectTimeout = Setting("timeouts.connect", .seconds, "10", "Connecting to the upstream.")
    static let headerTimeout = Setting("timeouts.header", .seconds, "300", "Waiting for the upstream's response head.")
    static let idleTimeout = Setting(
        "timeouts.idle", .seconds, "300", "Waiting for the next part of the upstream's response.")
    static let totalTimeout = Setting("timeouts.total", .seconds, "1800", "A whole request.")
    static let clientTimeout = Setting(
        "timeouts.client", .seconds, "75", "Receiving a client's request, and an idle client connection.")
    static let retryTimeout = Setting(
        "timeouts.retry", .seconds, "5",
        "Maximum delay before another attempt; a longer `Retry-After` ends the request instead.")
    static let drainTimeout = Setting(
        "timeouts.drain", .seconds, "120", "Reading a response for its usage after the client has disconnected.")
    static let pingInterval = Setting(
        "timeouts.ping", .seconds, "15", "Silence in a stream after which a keep-alive text is sent.")
    static let shutdownTimeout = Setting(
        "timeouts.shutdown", .seconds, "30", "Finishing requests in flight after SIGTERM.")

    /// Every setting, in the order of the documentation.
    public static let all: [Setting] = SettingGroup.all.flatMap(\.settings)
}

/// Settings that are documented together.
struct SettingGroup: Sendable {
    var title: String
    /// A sentence that applies to every setting of the group; empty if there is none.
    var introduction = ""
    var settings: [Setting]

    /// Every group, in the order of the documentation.
    static let all: [SettingGroup] = [
        SettingGroup(
            title: "Server",
            settings: [.listen, .database, .threads, .logLevel, .accessLog, .trustedProxies, .corsOrigins]),
        SettingGroup(
            title: "Upstreams",
            introduction: "At least one base URL is required, and a key for each.",
            settings: UpstreamProtocol.allCases.map { .upstreamAddress($0) } + [.upstreamKey]
                + UpstreamProtocol.allCases.map { .ownUpstreamKey($0) }
                + UpstreamProtocol.allCases.filter(\.namesEndUsers).map { .endUser($0) } + [
                    .upstreamAuthorities, .attempts,
                ]),
        SettingGroup(title: "Secrets", settings: [.adminKey, .sealKey]),
        SettingGroup(title: "Money and ledger", settings: [.prices, .recovery, .retention]),
        SettingGroup(
            title: "Request limits",
            settings: [
                .rpmDefault, .rpmMaximum, .concurrencyDefault, .concurrencyMaximum, .accountRPM, .accountConcurrency,
                .leastOutput, .requestBody, .answerBody, .drainBytes,
            ]),
        SettingGroup(
            title: "Rate limits of the account APIs",
            introduction: """
                Each applies per key and is written as two numbers, `burst/minute`: the maximum number of calls in any 10 \
                seconds, and in any 60 seconds.
                """,
            settings: [
                .balanceRate, .activityRate, .analyticsRate, .readKeysRate, .createKeysRate, .changeKeysRate,
                .redeemRate,
            ]),
        SettingGroup(
            title: "Timeouts",
            introduction: "The maximum duration of a step, in seconds; fractions are accepted.",
            settings: [
                .connectTimeout, .headerTimeout, .idleTimeout, .totalTimeout, .clientTimeout, .retryTimeout,
                .drainTimeout,
                .pingInterval, .shutdownTimeout,
            ]),
    ]
}
