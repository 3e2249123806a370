/// The parameters of a query.
public struct QueryValues {
    private let query: Substring

    /// Reads a query, without its question mark.
    public init(_ query: Substring) { self.query = query }

    /// The decoded value of a parameter: of its first occurrence; nil if it is missing.
    public subscript(name: String) -> String? {
        for field in query.split(separator: "&") {
            let parts = field.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard PercentEncoding.decode(parts[0].utf8) == name else { continue }
            return parts.count > 1 ? PercentEncoding.decode(parts[1].utf8) : ""
        }
        return nil
    }
}
