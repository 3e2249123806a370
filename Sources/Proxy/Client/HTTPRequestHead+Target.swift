import Accounts
import Metering
import NIOHTTP1

extension HTTPRequestHead {
    /// The target without its query.
    var path: String { String(uri.prefix { $0 != "?" }) }

    /// The query of the target; empty if it has none.
    var query: Substring { uri.firstIndex(of: "?").map { uri[$0...].dropFirst() } ?? "" }

    /// The key that a request of a protocol presents: where all clients may send it, else where those of the protocol do.
    func presentedKey(of upstreamProtocol: UpstreamProtocol) -> String? {
        PresentedKey.find(
            authorization: headers.first(name: HeaderName.authorization),
            apiKey: headers.first(name: HeaderName.apiKey) ?? ownKey(upstreamProtocol.headers))
    }

    private func ownKey(_ rules: HeaderRules) -> String? {
        guard let names = rules.clientKey else { return nil }
        return headers.first(name: names.field) ?? QueryValues(query)[names.parameter]
    }
}
