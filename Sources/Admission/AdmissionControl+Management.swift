import Accounts
import Ledger
import Money
import Synchronization
import Timekeeping
import Vault

/// A key that was just made, with the secret that recognises it.
public struct IssuedKey: Sendable {
    /// The key as the ledger has it.
    public let record: KeyRecord
    /// Its secret.
    public let secret: Secret
}

extension AdmissionControl {
    /// Opens an account with its first account key.
    public func openAccount(name: String) async throws(ManagementError) -> (AccountRecord, IssuedKey) {
        let now = time.now()
        let keyID = UUIDv7(time: now)
        let secret = SecretMint.mint(prefix: SecretMint.accountPrefix)
        let key = NewKey(publicID: keyID, secret: try keep(secret, for: keyID), label: name, limits: policy.account)
        let receipt = try await apply(.openAccount(publicID: UUIDv7(time: now), name: name, key: key, at: now)) {
            books, receipt in
            guard case .account(let account, let key) = receipt else { return }
            books.open(account)
            books.open(key)
        }
        guard case .account(let account, let record) = receipt else { throw .unavailable("unexpected receipt") }
        return (account, IssuedKey(record: record, secret: secret))
    }

    /// Enters a deposit; the same reference on the same account again answers the first one.
    public func enterDeposit(
        to account: AccountID, amount: NanoUSD, status: DepositStatus, reference: String?,
        call: ManagementCall<DepositRecord>? = nil
    ) async throws(ManagementError) -> DepositRecord {
        let now = time.now()
        let command = LedgerCommand.enterDeposit(
            publicID: UUIDv7(time: now), accountID: account, amount: amount, status: status, reference: reference,
            at: now)
        return try await applyDeposit(
            once(command, call, outcome: \.deposit))
    }

    /// Completes a pending deposit; on a completed one nothing changes.
    public func completeDeposit(_ id: DepositID) async throws(ManagementError) -> DepositRecord {
        try await applyDeposit(.completeDeposit(id, at: time.now()))
    }

    /// Changes what an account is charged and decides; requests in flight go on as they were admitted.
    public func changeAccount(_ id: AccountID, _ change: AccountChange) async throws(ManagementError) -> AccountRecord {
        let receipt = try await apply(.changeAccount(id, change, at: time.now())) { books, receipt in
            guard case .changedAccount(let record) = receipt, let account = books.accounts[id] else { return }
            account.markup = record.markup
            account.rules = record.rules
        }
        guard case .changedAccount(let record) = receipt else { throw .unavailable("unexpected receipt") }
        return record
    }

    /// Makes a client key, its budget carved from what is available on the account.
    public func createKey(
        of accountID: AccountID, label: String, budget: NanoUSD, limits: KeyLimits, multiplier: DisplayMultiplier,
        shortage: ShortagePolicy? = nil, call: ManagementCall<IssuedKey>? = nil
    ) async throws(ManagementError) -> IssuedKey {
        let now = time.now()
        let keyID = UUIDv7(time: now)
        let secret = SecretMint.mint(prefix: SecretMint.clientPrefix)
        let key = NewKey(
            publicID: keyID, secret: try keep(secret, for: keyID), label: label, limits: limits, multiplier: multiplier,
            shortage: shortage, budget: budget)
        let receipt = try await apply(
            once(.createKey(accountID: accountID, key: key, at: now), call) {
                $0.key.map { IssuedKey(record: $0, secret: secret) }
            },
            taking: { books throws(ManagementError) in
                guard let account = books.accounts[accountID] else { throw .notFound }
                guard account.available >= budget else { throw .insufficientAvailableBalance }
                account.available -= budget
            },
            undoing: { $0.accounts[accountID]?.available += budget },
            publishing: { books, receipt in
                if case .key(let record, _) = receipt { books.open(record) }
            })
        guard let record = receipt.key else { throw .unavailable("unexpected receipt") }
        return IssuedKey(record: record, secret: secret)
    }

    /// Changes a client key, and moves money between it and its account.
    public func changeKey(
        _ id: KeyID, _ change: KeyChange, call: ManagementCall<KeyRecord>? = nil
    ) async throws(ManagementError) -> KeyRecord {
        let taken = change.budgetChange
        let receipt = try await apply(
            once(.changeKey(id, change, at: time.now()), call, outcome: \.key),
            taking: { books throws(ManagementError) in
                guard let key = books.keys[id], !key.isClosed else { throw .notFound }
                if taken > .zero {
                    guard key.account.available >= taken else { throw .insufficientAvailableBalance }
                    key.account.available -= taken
                } else {
                    guard key.available + taken >= .zero else { throw .belowSpentOrHeld }
                    key.available += taken
                }
            },
            undoing: { books in
                guard let key = books.keys[id] else { return }
                if taken > .zero { key.account.available += taken } else { key.available -= taken }
            },
            publishing: { books, receipt in
                guard let key = books.keys[id], case .key(let record, _) = receipt else { return }
                key.follow(record)
                if taken > .zero { key.available += taken } else { key.account.available -= taken }
            })
        guard let record = receipt.key else { throw .unavailable("unexpected receipt") }
        return record
    }

    /// Deletes a client key; what is neither spent nor held goes back to the account.
    ///
    /// - Returns: What went back at once; what requests in flight hold follows when they end.
    public func deleteKey(_ id: KeyID) async throws(ManagementError) -> NanoUSD {
        let receipt = try await apply(
            .deleteKey(id, at: time.now()),
            taking: { books throws(ManagementError) in
                guard let key = books.keys[id], !key.isClosed else { throw .notFound }
                books.close(key)
            },
            undoing: { books in
                if let key = books.keys[id] { books.reopen(key) }
            },
            publishing: { books, receipt in
                guard let key = books.keys[id], case .key(_, let refunded) = receipt else { return }
                key.available -= refunded
                key.account.available += refunded
                books.forgetIfDone(key)
            })
        guard case .key(_, let refunded) = receipt else { throw .unavailable("unexpected receipt") }
        return refunded
    }

    /// Gives a key a new secret; the old one is refused from the moment that this returns.
    public func replaceSecret(of record: KeyRecord) async throws(ManagementError) -> IssuedKey {
        let prefix = record.kind == .account ? SecretMint.accountPrefix : SecretMint.clientPrefix
        let secret = SecretMint.mint(prefix: prefix)
        let kept = try keep(secret, for: record.publicID)
        let receipt = try await apply(.replaceSecret(record.id, kept, at: time.now())) { books, _ in
            if let key = books.keys[record.id] { books.replaceDigest(of: key, with: kept.digest) }
        }
        guard let changed = receipt.key else { throw .unavailable("unexpected receipt") }
        return IssuedKey(record: changed, secret: secret)
    }

    /// Returns a key's secret, for its owner.
    public func reveal(_ record: KeyRecord) throws(ManagementError) -> Secret {
        do {
            return try vault.unseal(record.sealedSecret, for: record.publicID)
        } catch {
            throw .vault(error)
        }
    }

    private func keep(_ secret: Secret, for id: UUIDv7) throws(ManagementError) -> KeySecret {
        guard let digest = vault.digest(of: secret.revealed.utf8) else { throw .vault(.libraryFailure) }
        do {
            return KeySecret(
                digest: digest, sealed: try vault.seal(secret, for: id),
                displayID: SecretMint.displayID(of: secret))
        } catch {
            throw .vault(error)
        }
    }

    private func applyDeposit(_ command: LedgerCommand) async throws(ManagementError) -> DepositRecord {
        let receipt = try await apply(command) { books, receipt in
            guard case .deposit(let record, let credited) = receipt else { return }
            books.accounts[record.accountID]?.available += credited
        }
        guard let record = receipt.deposit else { throw .unavailable("unexpected receipt") }
        return record
    }

    /// Takes what a command needs from the books, writes the command, and publishes what it gave, each at its
    /// own moment: before, during and after the write.
    private func apply(
        _ command: LedgerCommand,
        taking take: @Sendable (inout Books) throws(ManagementError) -> Void = { _ in },
        undoing undo: @escaping @Sendable (inout Books) -> Void = { _ in },
        publishing publish: @escaping @Sendable (inout Books, LedgerReceipt) -> Void
    ) async throws(ManagementError) -> LedgerReceipt {
        let result: Result<LedgerReceipt, ManagementError> = await withCheckedContinuation { continuation in
            let refusal: ManagementError? = books.withLock { books in
                do throws(ManagementError) {
                    try take(&books)
                } catch {
                    return error
                }
                store.enqueue(command) { result in
                    self.books.withLock { books in
                        switch result {
                        case .success(let receipt): publish(&books, receipt)
                        case .failure: undo(&books)
                        }
                    }
                    continuation.resume(returning: result.mapError(ManagementError.init))
                }
                return nil
            }
            if let refusal { continuation.resume(returning: .failure(refusal)) }
        }
        return try result.get()
    }
}
