/// One setting of the gateway: a row of the table that reading, help and documentation are made from.
public struct Setting: Sendable {
    /// What a value must look like.
    public enum Form: String, Sendable {
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

    /// Where it stands in a configuration file, from the outermost key.
    public let path: [String]
    /// What a value must look like.
    public let form: Form
    /// What holds if nothing is given; nil where there is no such thing.
    public let standard: String?
    /// Secrets have no flag, since flags show in lists of processes, and are never repeated in messages.
    public let isSecret: Bool
    /// What it is for.
    public let explanation: String

    init(
        _ path: String, _ form: Form, _ standard: String?, secret isSecret: Bool = false, _ explanation: String
    ) {
        self.path = path.split(separator: ".").map(String.init)
        self.form = form
        self.standard = standard
        self.isSecret = isSecret
        self.explanation = explanation
    }

    /// Its environment variable: `TOLLGATE_UPSTREAM_OPENAI`.
    public var variable: String {
        "TOLLGATE_" + path.joined(separator: "_").uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
    }

    /// Its flag: `--upstream-openai`; nil for secrets.
    public var flag: String? { isSecret ? nil : "--" + path.joined(separator: "-") }

    /// Its key in a configuration file: `upstream.openai`.
    public var fileKey: String { path.joined(separator: ".") }
}

extension Setting {
    static let listen = Setting(
        "listen", .address, "127.0.0.1:8080", "Where to listen; an IPv6 address stands in brackets.")
    static let database = Setting("database", .text, "sqlite:data/tollgate.sqlite", "The ledger: `sqlite:` and a path.")
    static let upstreamOpenAI = Setting(
        "upstream.openai", .url, nil, "Base URL of the upstream for the OpenAI protocol, ending in `/v1`.")
    static let upstreamAnthropic = Setting(
        "upstream.anthropic", .url, nil, "Base URL of the upstream for the Anthropic protocol, ending in `/v1`.")
    static let upstreamKey = Setting(
        "upstream.key", .key, nil, secret: true,
        "The upstream account's key: sent as `Authorization: Bearer` to the first, as `x-api-key` to the second.")
    static let upstreamOpenAIKey = Setting(
        "upstream.openai-key", .key, nil, secret: true, "The key for the OpenAI protocol, if it is another.")
    static let upstreamAnthropicKey = Setting(
        "upstream.anthropic-key", .key, nil, secret: true, "The key for the Anthropic protocol, if it is another.")
    static let upstreamAuthorities = Setting(
        "upstream.ca-file", .file, nil, "PEM file of certificate authorities to trust beside the system's.")
    static let attempts = Setting(
        "upstream.attempts", .count, "2",
        "How often a request is sent at most, when its upstream cannot be reached, is overloaded (429, 529) or fails (5xx)."
    )
    static let prices = Setting("prices", .file, nil, "Rate card (YAML or JSON); the shipped one if unset.")
    static let adminKey = Setting(
        "admin-key", .key, nil, secret: true,
        "The operator's key, at least 16 characters; generated and shown once at the first start if unset.")
    static let sealKey = Setting(
        "seal-key", .key, nil, secret: true,
        "32 bytes as hex or base64 that client keys are sealed with; generated into a file beside the database if unset."
    )
    static let recovery = Setting(
        "recovery.charge", .text, "input",
        "What requests are charged that were in flight when the gateway died: input (their bound), hold (all that was held) or nothing."
    )
    static let retention = Setting(
        "retention.days", .count, "0", "How many days usage logs are kept; 0 keeps them for ever. Sums stay.")
    static let trustedProxies = Setting(
        "trusted-proxies", .ranges, nil,
        "Addresses of proxies whose `X-Forwarded-For` is believed, separated by commas; without them the connection's own address counts."
    )
    static let corsOrigins = Setting(
        "cors-origins", .origins, nil,
        "Origins of other sites whose pages may call the gateway, such as `https://portal.example`, separated by commas; `*` for all."
    )
    static let balanceRate = Setting(
        "account-limits.balance", .rates, "10/120",
        "How often a key may read balance or credits: calls in 10 seconds, and in a minute.")
    static let activityRate = Setting("account-limits.activity", .rates, "5/60", "The same for activity.")
    static let analyticsRate = Setting("account-limits.analytics", .rates, "2/25", "The same for analytics.")
    static let readKeysRate = Setting("account-limits.read-keys", .rates, "5/60", "The same for reading keys.")
    static let createKeysRate = Setting("account-limits.create-keys", .rates, "2/12", "The same for making keys.")
    static let changeKeysRate = Setting(
        "account-limits.change-keys", .rates, "2/15", "The same for changing, rotating and deleting keys.")
    static let redeemRate = Setting(
        "account-limits.redeem", .rates, "5/10", "The same for a client key that tries codes of vouchers.")
    static let logLevel = Setting(
        "log-level", .text, "info", "trace, debug, info, notice, warning, error or critical.")
    static let threads = Setting("threads", .count, "0", "Event loops; 0 takes one for each core.")
    static let requestBody = Setting(
        "limits.request-body", .count, "33554432", "Largest request body, in bytes; a larger one is a 413.")
    static let answerBody = Setting(
        "limits.answer-body", .count, "67108864", "Largest answer that is not a stream, in bytes.")
    static let rpmStandard = Setting(
        "limits.rpm-default", .count, "60", "Requests per minute of a client key that names no limit.")
    static let rpmMaximum = Setting(
        "limits.rpm-maximum", .count, "60", "Highest limit of requests per minute that a client key may have.")
    static let concurrencyStandard = Setting(
        "limits.concurrency-default", .count, "5", "Requests in flight of a client key that names no limit.")
    static let concurrencyMaximum = Setting(
        "limits.concurrency-maximum", .count, "100", "Highest limit of requests in flight that a client key may have.")
    static let accountRPM = Setting("limits.account-rpm", .count, "600", "Requests per minute of an account key.")
    static let accountConcurrency = Setting(
        "limits.account-concurrency", .count, "50", "Requests in flight of an account key.")
    static let leastOutput = Setting(
        "limits.least-output", .count, "16",
        "Fewest output tokens that a request is let through with when its own bound is not affordable.")
    static let drainBytes = Setting(
        "limits.drain-bytes", .count, "16777216",
        "Bytes of an answer that are read for its usage after its client went away.")
    static let connectTimeout = Setting("timeouts.connect", .seconds, "10", "Until the upstream accepts a connection.")
    static let retryTimeout = Setting(
        "timeouts.retry", .seconds, "5",
        "Longest pause before another attempt; an upstream whose `Retry-After` asks for more is not asked again.")
    static let headerTimeout = Setting("timeouts.header", .seconds, "300", "Until the head of the upstream's answer.")
    static let idleTimeout = Setting("timeouts.idle", .seconds, "300", "Between two parts of the upstream's answer.")
    static let totalTimeout = Setting("timeouts.total", .seconds, "1800", "For a whole request.")
    static let clientTimeout = Setting(
        "timeouts.client", .seconds, "75", "For a client to send a request, and between its requests.")
    static let drainTimeout = Setting(
        "timeouts.drain", .seconds, "120", "How long an answer is read for its usage after its client went away.")
    static let pingInterval = Setting(
        "timeouts.ping", .seconds, "15", "Silence in a stream after which a comment keeps it alive.")
    static let shutdownTimeout = Setting(
        "timeouts.shutdown", .seconds, "30", "How long requests in flight may finish after SIGTERM.")

    /// Every setting, in the order of the documentation.
    public static let all: [Setting] = [
        listen, database, upstreamOpenAI, upstreamAnthropic, upstreamKey, upstreamOpenAIKey, upstreamAnthropicKey,
        upstreamAuthorities, attempts, prices, adminKey, sealKey, recovery, retention, logLevel, threads, requestBody,
        answerBody, trustedProxies, corsOrigins, balanceRate, activityRate, analyticsRate, readKeysRate, createKeysRate,
        changeKeysRate, redeemRate,
        rpmStandard, rpmMaximum, concurrencyStandard, concurrencyMaximum, accountRPM, accountConcurrency,
        leastOutput, drainBytes, connectTimeout, retryTimeout, headerTimeout, idleTimeout, totalTimeout, clientTimeout,
        drainTimeout, pingInterval, shutdownTimeout,
    ]

    /// The table as the README shows it, in Markdown.
    public static var markdownTable: String {
        let rows = all.map { setting in
            let standard = setting.standard.map { "`\($0)`" } ?? "-"
            let flag = setting.flag.map { "`\($0)`" } ?? "-"
            return "| `\(setting.variable)` | `\(setting.fileKey)` | \(flag) | \(setting.form.rawValue) | \(standard) |"
                + " \(setting.isSecret ? "yes" : "") | \(setting.explanation) |"
        }
        return """
            | variable | file key | flag | type | default | secret | meaning |
            |---|---|---|---|---|---|---|
            \(rows.joined(separator: "\n"))
            """
    }
}
