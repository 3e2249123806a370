import Metering
import NIOHTTP1

/// Fault of a request at the level of HTTP (RFC 9112), found before any route sees it.
///
/// Each is answered, and the connection is closed after the answer: what follows a malformed request cannot be told from
/// its body.
enum HTTPFault: Error, Hashable, CaseIterable {
    /// The request line or a header field cannot be parsed.
    case malformed
    /// The framing of the body cannot be parsed: a chunk's size or its end.
    case malformedBody
    /// The header section is larger than `ClientPipeline.maximumHeaderList`, or has too many fields.
    case headersTooLarge
    /// Neither HTTP/1.0 nor HTTP/1.1.
    case unsupportedVersion
    /// HTTP/1.1 without a `Host` field.
    case missingHost
    /// More than one `Host` field.
    case duplicateHost
    /// A `Host` field that is not a host with an optional port.
    case invalidHost
    /// The target is neither a path nor an absolute http URI, or has bytes or escapes that may not occur there.
    case invalidTarget
    /// The path has an empty segment or a dot segment: programs differ in which resource that is.
    case ambiguousPath
    /// A transfer coding other than `chunked`.
    case unsupportedTransferCoding
    /// `CONNECT`: the gateway is not a tunnel.
    case unsupportedMethod

    /// Returns the fault that stands for an error of the parser.
    ///
    /// - Parameter isInBody: Whether the head of the request was parsed.
    init(_ error: HTTPParserError, isInBody: Bool) {
        self =
            switch error {
            case .headerOverflow: .headersTooLarge
            case .invalidVersion: .unsupportedVersion
            default: isInBody ? .malformedBody : .malformed
            }
    }

    var status: HTTPResponseStatus {
        switch self {
        case .malformed, .malformedBody, .missingHost, .duplicateHost, .invalidHost, .invalidTarget, .ambiguousPath:
            .badRequest
        case .headersTooLarge: .requestHeaderFieldsTooLarge
        case .unsupportedVersion: .httpVersionNotSupported
        case .unsupportedTransferCoding, .unsupportedMethod: .notImplemented
        }
    }

    /// A stable name for programs.
    var code: String {
        switch self {
        case .malformed: "malformed_http"
        case .malformedBody: "malformed_body"
        case .headersTooLarge: "headers_too_large"
        case .unsupportedVersion: "unsupported_http_version"
        case .missingHost: "missing_host"
        case .duplicateHost: "duplicate_host"
        case .invalidHost: "invalid_host"
        case .invalidTarget: "invalid_target"
        case .ambiguousPath: "ambiguous_path"
        case .unsupportedTransferCoding: "unsupported_transfer_coding"
        case .unsupportedMethod: "unsupported_method"
        }
    }

    /// For people; safe for the client.
    var message: String {
        switch self {
        case .malformed: "Malformed HTTP request."
        case .malformedBody: "Malformed request body: the chunked transfer coding is invalid."
        case .headersTooLarge: "The request's header section is too large."
        case .unsupportedVersion: "Unsupported HTTP version: HTTP/1.1 is required."
        case .missingHost: "Missing 'Host' header field."
        case .duplicateHost: "Duplicate 'Host' header field."
        case .invalidHost: "Invalid 'Host' header field."
        case .invalidTarget: "Invalid request target: a path or an absolute http URI is required."
        case .ambiguousPath: "Ambiguous path: empty and dot segments are not accepted."
        case .unsupportedTransferCoding: "Unsupported transfer coding: only 'chunked' is accepted."
        case .unsupportedMethod: "CONNECT is not supported."
        }
    }
}

extension ErrorAnswer {
    /// Returns a fault of a request's HTTP.
    init(_ fault: HTTPFault) {
        self.init(status: fault.status, kind: .invalidRequest, message: fault.message, code: fault.code)
    }
}
