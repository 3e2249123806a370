/// Paths as logs may show them.
public enum LoggedPath {
    /// Longest path that is shown, in bytes.
    static let maximumLength = 512
    private static let redacted = "***"
    /// Shorter than any key, longer than the words that contain `sk-`.
    private static let shortestKey = 20

    /// Returns a path in which every segment is replaced that may be a key or a voucher code which its sender put in the
    /// wrong place.
    public static func redact(_ path: some StringProtocol) -> String {
        let shown = path.utf8.count <= maximumLength ? String(path) : String(path.prefix(maximumLength)) + "..."
        guard shown.utf8.contains(UInt8(ascii: "-")) else { return shown }
        return shown.split(separator: "/", omittingEmptySubsequences: false)
            .map { mayBeSecret($0) ? redacted : String($0) }.joined(separator: "/")
    }

    private static func mayBeSecret(_ segment: Substring) -> Bool {
        (segment.utf8.count >= shortestKey && segment.lowercased().contains("sk-")) || isVoucherCode(segment)
    }

    /// Four groups of four letters or digits.
    private static func isVoucherCode(_ segment: Substring) -> Bool {
        let groups = segment.split(separator: "-", omittingEmptySubsequences: false)
        return groups.count == 4
            && groups.allSatisfy { $0.utf8.count == 4 && $0.utf8.allSatisfy { isLetterOrDigit($0) } }
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
    }
}
