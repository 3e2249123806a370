/// Finds the key that a request presents: in the same way on proxied paths and on those of the control plane.
public enum PresentedKey {
    /// Returns the token of `Authorization: Bearer TOKEN`, else the value of `x-api-key`, else nil.
    ///
    /// - Parameters:
    ///   - authorization: The first `Authorization` field. Its scheme is compared without regard to case, and any other
    ///     scheme than `Bearer` counts as no authorization.
    ///   - apiKey: The first `x-api-key` field; only looked for without a bearer token.
    @inlinable
    public static func find(authorization: String?, apiKey: @autoclosure () -> String?) -> String? {
        guard let authorization, let token = bearerToken(authorization) else { return apiKey() }
        return token
    }

    @usableFromInline
    static func bearerToken(_ authorization: String) -> String? {
        let text = authorization.utf8
        var scheme = "bearer ".utf8.makeIterator()
        var position = text.startIndex
        while let expected = scheme.next() {
            guard position < text.endIndex else { return nil }
            let byte = text[position]
            guard byte == expected || (byte | 0x20 == expected && expected != UInt8(ascii: " ")) else { return nil }
            position = text.index(after: position)
        }
        return String(authorization[position...].drop { $0 == " " })
    }
}
