import Metering
import NIOCore

/// The upstreams' lists of models, filtered to those with a price, kept for a minute.
///
/// Listing models is free, so a client could ask without end: each upstream is asked once a minute.
final class ModelListCache {
    /// Lifetime of a list, in nanoseconds.
    static let lifetime: Int64 = 60_000_000_000

    private var lists: [UpstreamProtocol: (body: ByteBuffer, expires: Int64)] = [:]

    /// Returns the list of a protocol's upstream; nil if there is none or it is too old.
    ///
    /// - Parameter now: Monotonic nanoseconds.
    func list(_ upstreamProtocol: UpstreamProtocol, now: Int64) -> ByteBuffer? {
        guard let entry = lists[upstreamProtocol], entry.expires > now else { return nil }
        return entry.body
    }

    /// Keeps a list.
    func keep(_ body: ByteBuffer, for upstreamProtocol: UpstreamProtocol, now: Int64) {
        lists[upstreamProtocol] = (body, now + Self.lifetime)
    }
}
