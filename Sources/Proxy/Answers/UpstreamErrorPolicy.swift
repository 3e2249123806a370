import Accounts
import Metering
import NIOCore
import NIOHTTP1

/// Decides how an upstream's error is shown to the client.
enum UpstreamErrorPolicy {
    /// Maximum that is kept of an error's body, in bytes.
    static let maximumBody = 64 << 10

    /// Texts by which upstreams say that the account's money is spent, with statuses that say something else. Aggregators
    /// pass the errors of other protocols on, so those of all protocols count.
    private static let emptyAccount = UpstreamProtocol.allCases.flatMap(\.emptyAccountTexts)

    enum Verdict: Equatable {
        /// The upstream refuses the account: the client's request is not the cause.
        case account
        /// The client's own error, or a temporary one: the client gets the upstream's text, redacted.
        case pass([UInt8])
        /// The body is not JSON: the client gets an error of the gateway.
        case replace
    }

    /// Statuses of an upstream that is overloaded or failing: another attempt may succeed.
    private static let temporary: Set<UInt> = [429, 500, 502, 503, 504, 529]

    /// Whether another attempt may succeed.
    static func isWorthRetrying(_ head: HTTPResponseHead, _ body: ByteBuffer) -> Bool {
        temporary.contains(head.status.code)
            && verdict(status: head.status, body: Array(body.readableBytesView)) != .account
    }

    /// Whether the upstream refuses a request because of a field.
    static func refuses(_ field: String, _ head: HTTPResponseHead, _ body: ByteBuffer) -> Bool {
        (head.status == .badRequest || head.status == .unprocessableEntity) && String(buffer: body).contains(field)
    }

    /// Returns the seconds of the upstream's `Retry-After`, at most a day.
    static func retryAfter(_ head: HTTPResponseHead) -> Int64? {
        head.headers.first(name: HeaderName.retryAfter).flatMap { Int64($0) }.map { min(max($0, 1), 86_400) }
    }

    static func verdict(status: HTTPResponseStatus, body: [UInt8]) -> Verdict {
        switch status.code {
        case 401, 402, 403: return .account
        default: break
        }
        let text = String(decoding: body, as: UTF8.self)
        if emptyAccount.contains(where: text.contains) { return .account }
        guard status.code >= 400, let first = body.first(where: { $0 > 0x20 }), first == UInt8(ascii: "{") else {
            return .replace
        }
        return .pass(Redaction.redact(body))
    }
}
