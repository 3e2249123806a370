import Accounts
import NIOHTTP1

/// Facts of a request's header fields that the connection needs, read in one pass.
///
/// The parser below refuses what breaks the framing of a message: two lengths, a length beside a transfer coding, folded
/// lines, bare line feeds, spaces in names, control characters. This checks what it lets pass.
struct RequestHeadFacts {
    /// The first rule of HTTP that the head breaks.
    private(set) var fault: HTTPFault?
    /// Whether it asks for another protocol on this connection. That is not offered; the parser reads no further request.
    private(set) var asksForUpgrade = false
    /// Whether the protocol that it asks for is WebSocket.
    private(set) var asksForWebSocket = false
    /// Whether the client waits for the interim answer 100 before it sends its body.
    private(set) var expectsContinue = false

    init(_ head: HTTPRequestHead) {
        var hosts = 0
        var transferCodings = 0
        for (name, value) in head.headers {
            switch name.utf8.count {
            case 4 where name.isASCII(equalTo: HeaderName.host):
                hosts += 1
                if !RequestTarget.isHost(value.utf8) { fault = .invalidHost }
            case 6 where name.isASCII(equalTo: HeaderName.expect):
                expectsContinue = value.isASCII(equalTo: "100-continue")
            case 7 where name.isASCII(equalTo: HeaderName.upgrade):
                asksForUpgrade = true
                asksForWebSocket = head.method == .GET && value.isASCII(equalTo: "websocket")
            case 17 where name.isASCII(equalTo: HeaderName.transferEncoding):
                transferCodings += 1
                if !value.isASCII(equalTo: "chunked") { fault = .unsupportedTransferCoding }
            default: break
            }
        }
        if hosts > 1 { fault = .duplicateHost }
        let isHTTP10 = head.version == .http1_0
        if hosts == 0, !isHTTP10 { fault = .missingHost }
        // HTTP/1.0 has no transfer codings: whoever sends one is understood differently by others (RFC 9112, 6.1).
        if transferCodings > 0, isHTTP10 { fault = .malformed }
        if transferCodings > 1 { fault = .malformed }
        if head.method == .CONNECT { fault = .unsupportedMethod }
        if isHTTP10 { expectsContinue = false }
    }
}
