import Accounts
import HTTPTypes

extension HTTPField.Name {
    /// Creates the name of a field from one of `HeaderName`, all of which are valid.
    init(of headerName: String) {
        guard let name = HTTPField.Name(headerName) else { preconditionFailure("invalid header name \(headerName)") }
        self = name
    }

    static let apiKey = HTTPField.Name(of: HeaderName.apiKey)
    static let forwardedFor = HTTPField.Name(of: HeaderName.forwardedFor)
    static let idempotencyKey = HTTPField.Name(of: HeaderName.idempotencyKey)
    static let idempotentReplayed = HTTPField.Name(of: HeaderName.idempotentReplayed)
    static let referrerPolicy = HTTPField.Name(of: HeaderName.referrerPolicy)
    static let cacheStatus = HTTPField.Name(of: HeaderName.cacheStatus)
}

extension HTTPFields {
    /// The key that a request presents.
    var presentedKey: String? {
        PresentedKey.find(authorization: self[values: .authorization].first, apiKey: self[values: .apiKey].first)
    }
}
