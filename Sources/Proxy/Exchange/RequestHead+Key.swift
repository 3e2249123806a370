import NIOHTTP1

extension HTTPHeaders {
    /// The key that a request presents: `Authorization: Bearer`, else `x-api-key`.
    var presentedKey: String? {
        if let authorization = first(name: "authorization") {
            let scheme = authorization.prefix(7)
            guard scheme.count == 7, scheme.lowercased() == "bearer " else { return first(name: "x-api-key") }
            return String(authorization.dropFirst(7).drop { $0 == " " })
        }
        return first(name: "x-api-key")
    }
}
