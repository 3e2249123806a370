/// A content coding of HTTP that the gateway can take off.
public enum ContentCoding: Sendable, CaseIterable {
    /// RFC 1952.
    case gzip
    /// RFC 1950; streams without its header (RFC 1951), which many clients send under this name, are understood too.
    case deflate
    /// RFC 7932.
    case brotli
    /// RFC 8878, with the window that RFC 9659 allows.
    case zstd

    /// Maximum number of codings of one body. More than one is rare, and each costs time and memory.
    public static let maximumCount = 3

    /// What `Accept-Encoding` lists.
    public static let acceptEncoding = "gzip, deflate, br, zstd"

    /// Returns the codings that a field `Content-Encoding` names, in the order in which they were applied; `identity` is
    /// none. Nil if one is unknown, or if there are more than ``maximumCount``.
    public static func list(_ field: some StringProtocol) -> [ContentCoding]? {
        var codings: [ContentCoding] = []
        for element in field.split(separator: ",") {
            let name = String(element).lowercased().filter { $0 != " " && $0 != "\t" }
            if name.isEmpty || name == "identity" { continue }
            guard let coding = ContentCoding(name: name), codings.count < maximumCount else { return nil }
            codings.append(coding)
        }
        return codings
    }

    private init?(name: String) {
        switch name {
        case "gzip", "x-gzip": self = .gzip
        case "deflate": self = .deflate
        case "br": self = .brotli
        case "zstd": self = .zstd
        default: return nil
        }
    }
}

extension ContentCoding {
    /// Number of bytes by which ``recognised(in:)`` decides.
    public static let signatureLength = 4

    /// Returns the coding whose signature some bytes begin with. Two codings have one; neither can begin JSON or an event.
    public static func recognised(in bytes: Span<UInt8>) -> ContentCoding? {
        if bytes.count >= 2, bytes[0] == 0x1F, bytes[1] == 0x8B { return .gzip }
        let isZstd =
            bytes.count >= 4 && bytes[0] == 0x28 && bytes[1] == 0xB5 && bytes[2] == 0x2F && bytes[3] == 0xFD
        return isZstd ? .zstd : nil
    }

    /// Whether every body in this coding begins with a signature.
    public var hasSignature: Bool { self == .gzip || self == .zstd }
}
