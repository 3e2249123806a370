import Metering
import NIOCore

/// The upstreams' lists of models, already filtered to those with a price, kept for a minute.
///
/// Listing models is free, so a client could ask without end: the upstream is asked once a minute.
final class ModelListCache {
    /// How long a list is kept.
    static let lifetime: Int64 = 60_000_000_000

    private var lists: [Endpoint: (body: ByteBuffer, expires: Int64)] = [:]

    func list(_ endpoint: Endpoint, now: Int64) -> ByteBuffer? {
        guard let entry = lists[endpoint], entry.expires > now else { return nil }
        return entry.body
    }

    func keep(_ body: ByteBuffer, for endpoint: Endpoint, now: Int64) {
        lists[endpoint] = (body, now + Self.lifetime)
    }
}
