import Accounts
import Admission
import Ledger

/// The client keys of the caller's account.
struct OwnedKeys: Sendable {
    let ledger: any KeyReader

    /// Returns the client key that a path names, if it belongs to the caller's account and is not deleted.
    func key(of request: ControlRequest) async throws -> KeyRecord {
        try await key(request.id ?? "", of: request.accountID)
    }

    /// Returns a client key by its public identifier, if it belongs to an account and is not deleted.
    func key(_ id: String, of account: AccountID) async throws -> KeyRecord {
        guard let id = UUIDv7(id), let key = try await ledger.key(publicID: id), key.accountID == account,
            key.kind == .client, key.deletedAt == nil
        else { throw ControlError.keyNotFound }
        return key
    }
}

extension KeyRecord {
    /// Maximum length of a label, in characters.
    static let longestLabel = 255
}
