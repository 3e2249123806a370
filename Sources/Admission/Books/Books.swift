import Accounts
import Ledger
import Money
import Timekeeping

/// The money and the limits of every account and key, in memory: what admission decides on.
///
/// Two rules keep it at or below what the ledger says at every moment: what a command will take is taken here
/// before the command is enqueued; what it will give is given here after it is durable.
///
/// Accounts and keys are classes that live behind the lock of the books and never leave it.
struct Books {
    private(set) var accounts: [AccountID: AccountState] = [:]
    private(set) var keys: [KeyID: KeyState] = [:]
    private var secrets: [KeyDigest: RecognisedSecret] = [:]

    /// Whom a secret stands for.
    private enum RecognisedSecret {
        case key(KeyState)
        case management(ManagementKeyRecord)
    }

    /// Opens the books with what the ledger holds. Open holds must have been resolved.
    init(_ contents: LedgerContents, today: Day) {
        for account in contents.accounts { open(account) }
        for key in contents.keys { open(key, today: today) }
        for secret in contents.temporarySecrets { open(secret) }
        for key in contents.managementKeys { open(key) }
        for usage in contents.usage { keys[usage.keyID]?.periods.add(usage) }
    }

    mutating func open(_ record: AccountRecord) {
        accounts[record.id] = AccountState(record)
    }

    mutating func open(_ record: KeyRecord, today: Day) {
        guard let account = accounts[record.accountID] else { return }
        let key = KeyState(record, account: account, today: today)
        keys[record.id] = key
        secrets[record.digest] = .key(key)
    }

    mutating func open(_ secret: TemporarySecret) {
        guard let key = keys[secret.keyID] else { return }
        key.temporarySecrets[secret.digest] = secret.validUntil
        secrets[secret.digest] = .key(key)
    }

    mutating func open(_ record: ManagementKeyRecord) { secrets[record.digest] = .management(record) }

    mutating func close(_ record: ManagementKeyRecord) { secrets[record.digest] = nil }

    /// Returns whom a secret stands for, unless its time is over.
    func credential(_ digest: KeyDigest, now: () -> Timestamp) -> Credential? {
        switch secrets[digest] {
        case .key(let key):
            let isCurrent = digest == key.digest || key.temporarySecrets[digest].map { now() < $0 } ?? false
            guard isCurrent, !key.isClosed else { return nil }
            return .key(key.principal)
        case .management(let record):
            guard record.expiresAt.map({ now() < $0 }) ?? true else { return nil }
            return .management(ManagementPrincipal(record))
        case nil: return nil
        }
    }

    /// Gives a key another secret. The old one goes on until a moment; without one it ends, and with it every other.
    mutating func replaceDigest(of key: KeyState, with digest: KeyDigest, oldValidUntil: Timestamp?) {
        if let oldValidUntil {
            key.temporarySecrets[key.digest] = oldValidUntil
        } else {
            forgetSecrets(of: key)
        }
        secrets[digest] = .key(key)
        key.digest = digest
    }

    /// Forgets a key's temporary secrets whose time is over.
    mutating func expireSecrets(of key: KeyState, now: Timestamp) {
        for (digest, until) in key.temporarySecrets where until <= now {
            key.temporarySecrets[digest] = nil
            secrets[digest] = nil
        }
    }

    /// Closes a key to new requests.
    func close(_ key: KeyState) { key.isClosed = true }

    /// Opens a key again whose deletion could not be written.
    func reopen(_ key: KeyState) { key.isClosed = false }

    private mutating func forgetSecrets(of key: KeyState) {
        secrets[key.digest] = nil
        for digest in key.temporarySecrets.keys { secrets[digest] = nil }
        key.temporarySecrets = [:]
    }

    /// Forgets a key that was deleted, once its last request has ended.
    mutating func forgetIfDone(_ key: KeyState) {
        guard key.isClosed, key.isIdle else { return }
        keys[key.principal.keyID] = nil
        forgetSecrets(of: key)
    }
}
