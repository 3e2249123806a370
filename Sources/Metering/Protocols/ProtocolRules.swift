/// All that the gateway knows of one upstream protocol. Everything outside of the protocols' folders works by these rules
/// and asks neither which protocol nor which operation it serves.
protocol ProtocolRules: SendableMetatype {
    // MARK: Identity and paths

    /// The name for people.
    static var name: String { get }
    /// The name in settings: `upstream.NAME`, `upstream.NAME-key`.
    static var settingName: String { get }
    /// The operations that are forwarded.
    static var operations: [Operation] { get }
    /// The paths below which the operations are served. Protocols may share one: a path that two of them serve belongs to
    /// the protocol whose ``distinctiveHeader`` the request has, else to the first in the list of protocols.
    static var basePaths: [String] { get }
    /// Beginnings of paths whose unknown rest is answered with this protocol's 404; the longest that fits decides.
    static var namespaces: [String] { get }
    /// A header field that requests of this protocol have and those of others have not, in lower case.
    static var distinctiveHeader: String? { get }
    /// The last segment of an upstream's base URL.
    static var version: String { get }
    /// Returns what an upstream gets of a request's query; nil for all of it.
    static func forwardedQuery(_ query: Substring, _ operation: Operation) -> String?
    /// How the events of a stream are told apart that answers a request with this query.
    static func framing(_ query: Substring) -> StreamFraming

    // MARK: Header fields, errors, streams

    /// Names and formats of header fields.
    static var headers: HeaderRules { get }
    /// Texts in an error's body by which an upstream says that the account's money is spent, whatever its status.
    static var emptyAccountTexts: [String] { get }
    /// Whether requests name the end user to the upstream.
    static var namesEndUsers: Bool { get }
    /// Codes of errors by which an upstream says that a request violates its policies.
    static var policyErrorCodes: Set<String> { get }
    /// Returns the body of an error, as JSON.
    static func errorBody(_ error: ProtocolError, requestID: String) -> String
    /// Returns an error as an event of a stream that has begun, in the form that clients of the operation act on.
    static func errorEvent(
        _ error: ProtocolError, _ operation: Operation, _ frame: StreamFrame, requestID: String
    ) -> String
    /// Statuses that the upstream answers the errors with that it names so, by type or code.
    static var errorStatuses: [String: Int] { get }
    /// Returns a text that may stand between two events, keeps a silent stream open and means nothing to clients.
    static func keepAlive(in frame: StreamFrame) -> String

    // MARK: Models

    /// The path below the upstream's base URL, with its query, that answers the whole list of models.
    static var modelListTarget: String { get }
    /// Names of the list's members.
    static var modelListShape: ModelListShape { get }

    // MARK: Requests

    /// Reads a request's body.
    ///
    /// - Parameter model: The model that the path names, for operations whose path does.
    static func readRequest(
        _ body: Span<UInt8>, _ operation: Operation, model: String?
    ) throws(RequestFault) -> RequestFacts

    /// Reads a request's form.
    ///
    /// - Parameter boundary: The boundary of the form's parts, without dashes.
    static func readForm(
        _ body: Span<UInt8>, _ operation: Operation, boundary: [UInt8]
    ) throws(RequestFault) -> RequestFacts

    // MARK: Answers

    /// Returns the disjoint counts of a usage report, each within bounds; nil if no tokens, pictures or time were reported.
    static func usage(_ report: UsageReport, _ operation: Operation, _ rules: CountingRules) -> MeteredUsage?
    /// Returns the size and quality of the pictures of an answer or event, as far as it names them.
    static func pictureForm(_ bytes: Span<UInt8>, _ start: Int) -> PictureForm?
    /// Returns the identifiers of objects that a whole answer, or the data of an event, gives to its client for the first
    /// time. Only places count that the upstream itself writes.
    ///
    /// - Parameter storesAnswer: Whether the upstream stores the answer, and not only what hosted tools made.
    static func givenObjects(_ bytes: Span<UInt8>, storesAnswer: Bool) -> [String]
    /// Whether the data of an event that is not a JSON object ends the stream.
    static func isEndOfStream(_ bytes: Span<UInt8>, _ data: Range<Int>) -> Bool
    /// Returns the events that end a stream as the model's own output limit would have ended it.
    ///
    /// - Parameters:
    ///   - usage: The usage to report to the client.
    ///   - showsUsage: Whether the client asked for the usage.
    ///   - choices: Number of answers in the stream.
    static func closing(
        _ frame: StreamFrame, _ operation: Operation, usage: Usage, showsUsage: Bool, choices: Int64
    ) -> String

    /// Adds an event to the plain answer that is made of a stream, an object that is empty at first.
    static func join(_ event: JSONNode, to answer: JSONNode, _ operation: Operation)
    /// Returns the plain answer that all events have made; nil if they hold no whole one.
    static func joinedAnswer(_ answer: JSONNode, _ operation: Operation) -> JSONNode?

    // MARK: Members of an answer; bound at compile time, see AnswerScan

    /// Whether a member holds the usage.
    static func isUsage(_ bytes: Span<UInt8>, key: Int) -> Bool
    /// Returns the section of an object inside a usage, by which ``usageCount(_:key:in:)`` tells its counts from those of
    /// others; ``UsageReport/topSection`` is the usage itself.
    ///
    /// - Parameter section: The section that holds it; nil for a member of the answer for which ``isUsage(_:key:)`` is true.
    static func usageSection(_ bytes: Span<UInt8>, key: Int, in section: Int?) -> Int
    /// Returns the place in a ``UsageReport`` of a count of the usage, below ``UsageReport/capacity``; nil if the count
    /// is not charged.
    static func usageCount(_ bytes: Span<UInt8>, key: Int, in section: Int) -> Int?
    /// Returns the count at `value`, in the unit of its place.
    static func count(_ bytes: Span<UInt8>, at value: Int, place: Int) -> Int64?
    /// Reads a list inside a usage.
    static func readUsageList(
        _ bytes: Span<UInt8>, key: Int, at start: Int, depth: Int, into report: inout UsageReport
    ) throws(JSONFault)
    /// Ends a usage object: compares it with what was reported before.
    static func complete(_ report: inout UsageReport, after earlier: UsageReport)
    /// Reads what a member of the answer, of an object in it or of the usage says about the terms of service.
    static func readTerm(_ bytes: Span<UInt8>, key: Int, value: Int, into terms: inout ReportedTerms)
    /// Whether a member holds text that the model wrote.
    static func isText(_ bytes: Span<UInt8>, key: Int, _ text: Operation.StreamText) -> Bool
    /// Whether a member may hold reasoning: of several in one object that hold the same text, the longest counts.
    static func isReasoning(_ bytes: Span<UInt8>, key: Int) -> Bool
    /// Whether a top-level member lists the answers that were asked for.
    static func isChoiceList(_ bytes: Span<UInt8>, key: Int) -> Bool
    /// Whether a member of an answer, or of an object in it, says why the model stopped.
    static func isStopReason(_ bytes: Span<UInt8>, key: Int) -> Bool
    /// Whether a member holds one item of the answer, in an event of its own.
    static func isItem(_ bytes: Span<UInt8>, key: Int) -> Bool
    /// Whether a member lists all items of the answer.
    static func isItemList(_ bytes: Span<UInt8>, key: Int) -> Bool
    /// Returns the call of a hosted tool that an item shows, if it does.
    static func hostedCall(_ bytes: Span<UInt8>, item: Int, depth: Int) throws(JSONFault) -> HostedCalls.Call?
    /// Whether a top-level member lists the images that were generated.
    static func isImageList(_ bytes: Span<UInt8>, key: Int) -> Bool
    /// Reads what a top-level member says about the event.
    static func readMember(_ bytes: Span<UInt8>, key: Int, value: Int, into event: inout EventFacts)

    // MARK: Parts of a request's input; bound at compile time, see RequestInput

    /// Returns the kind of a part of a message by the value of its `type`.
    static func partKind(_ bytes: Span<UInt8>, type: Int) -> RequestInput.PartKind
    /// Whether a member of a message or part holds further parts.
    static func isPartContent(_ bytes: Span<UInt8>, key: Int) -> Bool
    /// Whether a member of a part may hold base64.
    static func isPartData(_ bytes: Span<UInt8>, key: Int) -> Bool
    /// Returns who runs the tools of a type.
    static func runner(_ bytes: Span<UInt8>, toolType: Int) -> ToolRunner
    /// Returns what a member of a part or of a tool says about stored objects; nil if nothing.
    static func reference(_ bytes: Span<UInt8>, key: Int) -> RequestInput.ReferenceMember?
}

/// What most protocols need not say.
extension ProtocolRules {
    static var version: String { "v1" }
    static func forwardedQuery(_ query: Substring, _ operation: Operation) -> String? { nil }
    static func framing(_ query: Substring) -> StreamFraming { .events }
    static func usageSection(_ bytes: Span<UInt8>, key: Int, in section: Int?) -> Int { UsageReport.topSection }

    static func count(_ bytes: Span<UInt8>, at value: Int, place: Int) -> Int64? {
        JSONScanner.count(bytes, at: value)
    }

    static func readUsageList(
        _ bytes: Span<UInt8>, key: Int, at start: Int, depth: Int, into report: inout UsageReport
    ) throws(JSONFault) {}

    static func pictureForm(_ bytes: Span<UInt8>, _ start: Int) -> PictureForm? { nil }
    static func complete(_ report: inout UsageReport, after earlier: UsageReport) {}
    static func readTerm(_ bytes: Span<UInt8>, key: Int, value: Int, into terms: inout ReportedTerms) {}
    static func isReasoning(_ bytes: Span<UInt8>, key: Int) -> Bool { false }
    static func isChoiceList(_ bytes: Span<UInt8>, key: Int) -> Bool { false }
    static func isItem(_ bytes: Span<UInt8>, key: Int) -> Bool { false }
    static func isItemList(_ bytes: Span<UInt8>, key: Int) -> Bool { false }

    static func hostedCall(_ bytes: Span<UInt8>, item: Int, depth: Int) throws(JSONFault) -> HostedCalls.Call? { nil }

    static func readForm(
        _ body: Span<UInt8>, _ operation: Operation, boundary: [UInt8]
    ) throws(RequestFault) -> RequestFacts {
        throw .notAForm
    }

    static var policyErrorCodes: Set<String> { [] }
    static var namesEndUsers: Bool { true }
    static func givenObjects(_ bytes: Span<UInt8>, storesAnswer: Bool) -> [String] { [] }

    // A protocol that reads its input by other means has none of these.
    static func reference(_ bytes: Span<UInt8>, key: Int) -> RequestInput.ReferenceMember? { nil }
    static func partKind(_ bytes: Span<UInt8>, type: Int) -> RequestInput.PartKind { .other }
    static func isPartContent(_ bytes: Span<UInt8>, key: Int) -> Bool { false }
    static func isPartData(_ bytes: Span<UInt8>, key: Int) -> Bool { false }
    static func runner(_ bytes: Span<UInt8>, toolType: Int) -> ToolRunner { .client }
}

/// A protocol whose streams are never joined needs no rules for it.
extension ProtocolRules {
    static func join(_ event: JSONNode, to answer: JSONNode, _ operation: Operation) {}

    static func joinedAnswer(_ answer: JSONNode, _ operation: Operation) -> JSONNode? { nil }
}
