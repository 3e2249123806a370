/// Calls of tools that the upstream itself ran, as the items of an answer show them.
struct HostedCalls: Hashable, Sendable {
    /// A call of a hosted tool.
    enum Call {
        case webSearch
        /// Several searches at once.
        case webSearches(Int64)
        case fileSearch
        /// An interpreter's run; runs of one session have the same number.
        case codeInterpreter(session: UInt64)
    }

    private(set) var webSearches: Int64 = 0
    private(set) var fileSearches: Int64 = 0
    /// Sessions of the interpreter: runs of one session that follow each other count once.
    private(set) var interpreterSessions: Int64 = 0
    private var session: UInt64?

    /// Counts a call.
    mutating func add(_ call: Call) {
        switch call {
        case .webSearch: webSearches += 1
        case .webSearches(let count): webSearches += count
        case .fileSearch: fileSearches += 1
        case .codeInterpreter(let session):
            if self.session != session { interpreterSessions += 1 }
            self.session = session
        }
    }

    /// Takes the counts of a list of all calls, which may repeat those that were counted one by one.
    mutating func raise(to list: HostedCalls) {
        webSearches = max(webSearches, list.webSearches)
        fileSearches = max(fileSearches, list.fileSearches)
        interpreterSessions = max(interpreterSessions, list.interpreterSessions)
    }
}
