/// A static file of the pages, embedded in the executable or made from embedded files; the same for every reader.
public struct PortalFile: Sendable {
    /// How long browsers keep it.
    public enum Caching: String, Sendable {
        /// The path names the content: it never changes.
        case immutable = "public, max-age=31536000, immutable"
        /// It is asked for each time, with the `ETag` of the copy at hand.
        case revalidated = "no-cache"
    }

    /// The path that it is served at.
    public let path: String
    /// Its `Content-Type`.
    public let contentType: String
    /// How long browsers keep it.
    public let caching: Caching
    /// Its content as it is.
    public let plain: Representation
    /// Its content in gzip, or nil if that is not shorter.
    public let compressed: Representation?

    /// One form of the content.
    public struct Representation: Sendable {
        /// The bytes of the body.
        public let bytes: [UInt8]
        /// The strong `ETag` of these bytes.
        public let tag: String
    }

    init(path: String, contentType: String, caching: Caching, content: [UInt8]) {
        self.path = path
        self.contentType = contentType
        self.caching = caching
        let digest = ContentDigest(of: content).text
        plain = Representation(bytes: content, tag: "\"\(digest)\"")
        let gzip = Gzip.compressed(content)
        compressed = gzip.flatMap {
            $0.count < content.count ? Representation(bytes: $0, tag: "\"\(digest)-gzip\"") : nil
        }
    }

    /// Scripts, styles, calls and pictures of the page's own origin only; nothing inline but pictures; no framing.
    public static let contentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

    /// Every page, in the order of the description.
    public static let pages: [PortalFile] = PortalSite.embedded.pages

    /// Every asset that the pages load. All lie below one path that names the content of all of them, so that their
    /// relative imports lead to files of the same build.
    public static let assets: [PortalFile] = PortalSite.embedded.assets
}

/// A name for a content, not a protection: FNV-1a of 64 bits.
struct ContentDigest {
    private var value: UInt64 = 0xCBF2_9CE4_8422_2325

    init() {}

    init(of bytes: [UInt8]) {
        add(bytes)
    }

    mutating func add(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
    }

    var text: String { String(value, radix: 16) }
}
