import Metering
import NIOCore
import NIOHTTP1

/// What a client sees of an upstream's error.
enum UpstreamErrorPolicy {
    /// The most that is kept of an error's body, in bytes.
    static let maximumBody = 64 << 10

    /// Texts by which upstreams say that the account's money is gone, with statuses that say something else.
    private static let emptyAccount = ["insufficient_quota", "credit balance is too low", "billing_hard_limit_reached"]

    enum Verdict: Equatable {
        /// The upstream account is in trouble: the client's request is not to blame.
        case account
        /// The client's own error, or a passing one: it sees the upstream's words, less what names the account.
        case pass([UInt8])
        /// The body is of no use to anyone.
        case replace
    }

    /// Statuses that say that the upstream is overloaded or failing: another attempt may be answered.
    private static let passing: Set<UInt> = [429, 500, 502, 503, 504, 529]

    /// Whether another attempt may be answered.
    static func isWorthRetrying(_ head: HTTPResponseHead, _ body: ByteBuffer) -> Bool {
        passing.contains(head.status.code)
            && verdict(status: head.status, body: Array(body.readableBytesView)) != .account
    }

    /// Returns the seconds that an upstream asks to be left alone, a day at most.
    static func retryAfter(_ head: HTTPResponseHead) -> Int64? {
        head.headers.first(name: "retry-after").flatMap { Int64($0) }.map { min(max($0, 1), 86_400) }
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
