import Accounts
import Ledger
import Logging
import Metering
import Synchronization
import Timekeeping
import Vault

/// Which objects of the upstreams each key was given (see `GivenObjects`).
///
/// The ledger holds them; what is not durable yet is remembered here, so that an identifier can be named as soon as its client
/// has it. The lock is never held together with another.
public final class UpstreamObjects: Sendable {
    /// The result of ``check(_:of:givenTo:)``.
    public enum Check: Sendable {
        /// All of them were given to the key.
        ///
        /// - Parameter model: The model whose answer gave the first.
        case given(model: String)
        /// One of them does not exist for the key.
        case notGiven(ObjectReference)
        /// The ledger cannot be read.
        case unavailable
    }

    private struct Place: Hashable {
        var keyID: KeyID
        var digest: ObjectDigest
    }

    private struct Pending {
        var model: String
        /// Commands that will make it durable.
        var writes: Int
    }

    private let pending = Mutex<[Place: Pending]>([:])
    private let store: any LedgerStore
    private let vault: KeyVault
    private let time: any TimeSource
    private let logger: Logger

    init(store: any LedgerStore, vault: KeyVault, time: any TimeSource, logger: Logger) {
        self.store = store
        self.vault = vault
        self.time = time
        self.logger = logger
    }

    /// Remembers that an answer gave a key the identifiers of objects. They can be named from now on.
    public func remember(
        _ identifiers: [String], of upstreamProtocol: UpstreamProtocol, givenTo keyID: KeyID, by model: String
    ) {
        let places = identifiers.compactMap { digest($0, upstreamProtocol) }.map { Place(keyID: keyID, digest: $0) }
        guard !places.isEmpty else { return }
        pending.withLock { pending in
            for place in places { pending[place, default: Pending(model: model, writes: 0)].writes += 1 }
        }
        let objects = GivenObjects(keyID: keyID, model: model, digests: places.map(\.digest), at: time.now())
        store.enqueue(.remember(objects)) { result in
            self.pending.withLock { pending in
                for place in places {
                    pending[place]?.writes -= 1
                    if pending[place]?.writes == 0 { pending[place] = nil }
                }
            }
            guard case .failure(let failure) = result else { return }
            self.logger.error(
                "given objects could not be recorded; their key cannot name them",
                metadata: ["key": "\(keyID)", "reason": "\(failure)"])
        }
    }

    /// Checks that a key was given the objects that a request names. Reads the ledger, away from the caller's thread.
    public func check(
        _ references: [ObjectReference], of upstreamProtocol: UpstreamProtocol, givenTo keyID: KeyID
    ) async -> Check {
        var models: [ObjectDigest: String] = [:]
        var places: [(reference: ObjectReference, digest: ObjectDigest)] = []
        for reference in references {
            guard let digest = digest(reference.id, upstreamProtocol) else { return .unavailable }
            places.append((reference, digest))
        }
        pending.withLock { pending in
            for (_, digest) in places {
                if let model = pending[Place(keyID: keyID, digest: digest)]?.model { models[digest] = model }
            }
        }
        let unknown = places.map(\.digest).filter { models[$0] == nil }
        if !unknown.isEmpty {
            do {
                let known = try await store.givenObjects(unknown, to: keyID)
                models.merge(known) { model, _ in model }
            } catch {
                logger.error("given objects cannot be read", metadata: ["reason": "\(error)"])
                return .unavailable
            }
        }
        if let missing = places.first(where: { models[$0.digest] == nil }) { return .notGiven(missing.reference) }
        return .given(model: places.first.flatMap { models[$0.digest] } ?? "")
    }

    private func digest(_ identifier: String, _ upstreamProtocol: UpstreamProtocol) -> ObjectDigest? {
        vault.digest(ofObject: "\(upstreamProtocol.rawValue) \(identifier)").map(ObjectDigest.init(rawValue:))
    }
}
