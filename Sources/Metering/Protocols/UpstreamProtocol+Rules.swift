/// Rules of a protocol that the other modules use.
extension UpstreamProtocol {
    /// The name for people.
    public var name: String { rules.name }
    /// The name in settings: `upstream.NAME`, `upstream.NAME-key`.
    public var settingName: String { rules.settingName }
    /// The paths below which the operations are served. Protocols may share one: a path that two of them serve belongs to
    /// the protocol whose ``distinctiveHeader`` the request has, else to the first in the list of protocols.
    public var basePaths: [String] { rules.basePaths }
    /// Beginnings of paths whose unknown rest is answered with this protocol's 404; the longest that fits decides.
    public var namespaces: [String] { rules.namespaces }
    /// A header field that requests of this protocol have and those of others have not, in lower case.
    public var distinctiveHeader: String? { rules.distinctiveHeader }
    /// Names and formats of header fields.
    public var headers: HeaderRules { rules.headers }
    /// Texts in an error's body by which an upstream says that the account's money is spent, whatever its status.
    public var emptyAccountTexts: [String] { rules.emptyAccountTexts }
    /// Whether requests name the end user to the upstream.
    public var namesEndUsers: Bool { rules.namesEndUsers }
    /// The last segment of an upstream's base URL.
    public var version: String { rules.version }
    /// The path below the upstream's base URL, with its query, that answers the whole list of models.
    public var modelListTarget: String { rules.modelListTarget }
    /// Names of the members of the list of models.
    public var modelListShape: ModelListShape { rules.modelListShape }

    /// Returns the body of an error, as JSON.
    public func errorBody(_ error: ProtocolError, requestID: String) -> String {
        rules.errorBody(error, requestID: requestID)
    }

    /// Returns what an upstream gets of a request's query; nil for all of it.
    public func forwardedQuery(_ query: Substring, _ operation: Operation) -> String? {
        rules.forwardedQuery(query, operation)
    }

    /// How the events of a stream are told apart that answers a request with this query.
    public func framing(_ query: Substring) -> StreamFraming { rules.framing(query) }
}
