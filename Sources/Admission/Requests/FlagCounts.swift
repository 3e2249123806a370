import Accounts
import Metering
import Synchronization
import Timekeeping

/// Counts the flags of settled requests since the gateway started, apart for each upstream.
public final class FlagCounts: Sendable {
    /// How often an upstream's usage had a flag, and the last request that had it.
    public struct Entry: Hashable, Sendable {
        /// The name of the flag.
        public var name: String
        /// The number of requests.
        public var count: Int64
        /// When the last of them ended.
        public var lastAt: Timestamp
        /// The last of them.
        public var lastRequestID: UUIDv7
    }

    private let entries = Mutex<[UpstreamProtocol: [String: Entry]]>([:])

    /// Counts the flags of a request. Nearly all requests have none.
    func count(_ flags: UsageFlags, of request: UUIDv7, at upstream: UpstreamProtocol, _ time: any TimeSource) {
        guard !flags.isEmpty else { return }
        let now = time.now()
        entries.withLock { entries in
            for name in flags.names {
                let earlier = entries[upstream]?[name]?.count ?? 0
                entries[upstream, default: [:]][name] = Entry(
                    name: name, count: earlier + 1, lastAt: now, lastRequestID: request)
            }
        }
    }

    /// Returns the flags that an upstream's usage had, in the order of the flags.
    public func entries(of upstream: UpstreamProtocol) -> [Entry] {
        let found = entries.withLock { $0[upstream] ?? [:] }
        return UsageFlags.names.compactMap { found[$0.name] }
    }
}
