import Accounts
import NIOHTTP1

extension HTTPHeaders {
    /// The key that a request presents.
    var presentedKey: String? {
        PresentedKey.find(
            authorization: first(name: HeaderName.authorization), apiKey: first(name: HeaderName.apiKey))
    }
}
