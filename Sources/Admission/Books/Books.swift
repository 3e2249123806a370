import Accounts
import Ledger
import Money
import Timekeeping

/// The money and the limits of every account and key, in memory: the basis of every admission.
///
/// - Rule: The books never hold more free money than the ledger. What a command takes is taken here before the command is
///   enqueued; what it gives is given here after it is durable.
/// - Why: Requests are admitted without waiting for the disk.
/// - Without it: The ledger would refuse the hold of a request that was admitted already, or a crash would forget money that
///   was spent.
///
/// Accounts and keys are classes that live behind the lock of the books and never leave it.
struct Books {
    private(set) var accounts: [AccountID: AccountState] = [:]
    private(set) var keys: [KeyID: KeyState] = [:]
    private var secrets: [KeyDigest: SecretOwner] = [:]
    /// Requests whose hold could not be written and that have not ended yet.
    private var failedHolds: Set<UUIDv7> = []

    private enum SecretOwner {
        case key(KeyState)
        case management(ManagementKeyRecord)
    }

    /// Opens the books with the contents of a ledger. Open holds stay open until ``end(_:refunded:)``.
    init(_ contents: LedgerContents, today: Day) {
        for account in contents.accounts { open(account) }
        for key in contents.keys { open(key, today: today) }
        for secret in contents.temporarySecrets { open(secret) }
        for key in contents.managementKeys { open(key) }
        for usage in contents.usage { keys[usage.keyID]?.periods.add(usage) }
        for hold in contents.holds { keys[hold.keyID]?.open(hold) }
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

    // MARK: Secrets

    mutating func open(_ secret: TemporarySecret) {
        guard let key = keys[secret.keyID] else { return }
        key.temporarySecrets[secret.digest] = secret.validUntil
        secrets[secret.digest] = .key(key)
    }

    mutating func open(_ record: ManagementKeyRecord) { secrets[record.digest] = .management(record) }

    mutating func close(_ record: ManagementKeyRecord) { secrets[record.digest] = nil }

    /// Returns the owner of a secret, or nil if the secret is unknown, has expired, or belongs to a closed key.
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

    /// Gives a key another secret. The old one stays valid until `oldValidUntil`; if that is nil, the old one and every
    /// temporary secret of the key end at once.
    mutating func replaceDigest(of key: KeyState, with digest: KeyDigest, oldValidUntil: Timestamp?) {
        if let oldValidUntil {
            key.temporarySecrets[key.digest] = oldValidUntil
        } else {
            removeSecrets(of: key)
        }
        secrets[digest] = .key(key)
        key.digest = digest
    }

    /// Removes the expired temporary secrets of a key.
    mutating func expireSecrets(of key: KeyState, now: Timestamp) {
        for (digest, until) in key.temporarySecrets where until <= now {
            key.temporarySecrets[digest] = nil
            secrets[digest] = nil
        }
    }

    private mutating func removeSecrets(of key: KeyState) {
        secrets[key.digest] = nil
        for digest in key.temporarySecrets.keys { secrets[digest] = nil }
        key.temporarySecrets = [:]
    }

    // MARK: Deletion of keys

    /// Closes a key to new requests, ahead of the command that deletes it.
    func close(_ key: KeyState) { key.isClosed = true }

    /// Opens a key again whose deletion could not be written.
    func reopen(_ key: KeyState) { key.isClosed = false }

    /// Removes a deleted key, unless a hold of it is open.
    ///
    /// - Rule: A key stays in the books until its deletion is durable and every hold of it has ended, also a hold of zero.
    /// - Why: Both change the key and its account.
    /// - Without it: The end of a hold would find no key and its money would stay held; the end of a deletion would find no
    ///   key, and the rest of the budget would not come back to the account, or the key not come back if the deletion could not
    ///   be written.
    mutating func removeIfIdle(_ key: KeyState) {
        guard key.isDeleted, key.isIdle else { return }
        keys[key.principal.keyID] = nil
        removeSecrets(of: key)
    }

    // MARK: Ends of holds

    /// Records that the hold of a request could not be written.
    mutating func holdFailed(_ request: UUIDv7) { failedHolds.insert(request) }

    /// Returns whether the hold of a request could not be written. A request that has ended is not known any more.
    func hasFailed(_ request: UUIDv7) -> Bool { !failedHolds.isEmpty && failedHolds.contains(request) }

    /// Ends a hold whose settlement is durable.
    ///
    /// - Parameter refunded: The amount that the settlement returned to the account.
    mutating func end(_ settlement: Settlement, refunded: NanoUSD) {
        let hold = settlement.hold
        // A charge beyond the hold was held as well, by the settlement.
        let held = max(hold.amount, settlement.charged)
        guard let key = keys[hold.keyID] else {
            // Only at the start: the key was deleted before, so that its open holds are all that is left of it.
            guard let account = accounts[hold.accountID] else { return }
            if hold.payer.drawsOnAccount { account.endHold(held, charged: settlement.charged) }
            account.available += refunded
            return
        }
        key.endHold(
            held, charged: settlement.charged, from: hold.payer, of: hold.startedAt.day)
        key.returned(refunded)
        removeIfIdle(key)
    }

    /// Ends a hold that could not be written: its money is free again, and the request counts no more.
    ///
    /// - Parameter held: The amount that the books hold for it.
    mutating func void(_ hold: Hold, held: NanoUSD) {
        failedHolds.remove(hold.requestID)
        guard let key = keys[hold.keyID] else { return }
        key.periods.change(around: hold.startedAt.day) { $0.requests -= 1 }
        key.endHold(held, charged: .zero, from: hold.payer, of: hold.startedAt.day)
        removeIfIdle(key)
    }
}
