import Metering
import NIOCore

/// The upstreams' lists of models, already filtered to those with a price, kept for a minute.
///
/// Listing models is free, so a client could ask without end: the upstream is asked once a minute.
final class ModelListCache {
    /// How long a list is kept.
    static let lifetime: Int64 = 60_000_000_000

    private var lists: [Operation: (body: ByteBuffer, expires: Int64)] = [:]

    func list(_ operation: Operation, now: Int64) -> ByteBuffer? {
        guard let entry = lists[operation], entry.expires > now else { return nil }
        return entry.body
    }

    func keep(_ body: ByteBuffer, for operation: Operation, now: Int64) {
        lists[operation] = (body, now + Self.lifetime)
    }
}
