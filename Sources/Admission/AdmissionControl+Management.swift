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
    public func openAccount(
        name: String, by actor: AuditActor
    ) async throws(ManagementError) -> (AccountRecord, IssuedKey) {
        let now = time.now()
        let keyID = UUIDv7(time: now)
        let secret = SecretMint.mint(prefix: SecretMint.accountPrefix)
        let key = NewKey(
            publicID: keyID, kind: .account, secret: try keep(secret, for: keyID), label: name, limits: policy.account)
        let command = LedgerCommand.openAccount(publicID: UUIDv7(time: now), name: name, key: key, at: now)
        let receipt = try await apply(command, by: actor) { books, receipt in
            guard case .account(let account, let key) = receipt else { return }
            books.open(account)
            books.open(key, today: now.day)
        }
        guard case .account(let account, let record) = receipt else { throw .unavailable("unexpected receipt") }
        return (account, IssuedKey(record: record, secret: secret))
    }

    /// Enters a deposit; the same reference on the same account again answers the first one.
    public func enterDeposit(
        to account: AccountID, amount: NanoUSD, status: DepositStatus, reference: String?,
        call: ManagementCall<DepositRecord>? = nil, by actor: AuditActor
    ) async throws(ManagementError) -> DepositRecord {
        let now = time.now()
        let command = LedgerCommand.enterDeposit(
            publicID: UUIDv7(time: now), accountID: account, amount: amount, status: status, reference: reference,
            at: now)
        return try await applyDeposit(once(command, call, outcome: \.deposit), by: actor)
    }

    /// Completes or refuses a pending deposit; on one that is so already nothing changes.
    public func closeDeposit(
        _ id: DepositID, as status: DepositStatus, by actor: AuditActor
    ) async throws(ManagementError) -> DepositRecord {
        try await applyDeposit(.closeDeposit(id, as: status, at: time.now()), by: actor)
    }

    /// Changes what an account is charged and decides; requests in flight go on as they were admitted.
    public func changeAccount(
        _ id: AccountID, _ change: AccountChange, by actor: AuditActor
    ) async throws(ManagementError) -> AccountRecord {
        let receipt = try await apply(.changeAccount(id, change, at: time.now()), by: actor) { books, receipt in
            guard case .changedAccount(let record) = receipt, let account = books.accounts[id] else { return }
            account.markup = record.markup
            account.rules = record.rules
        }
        guard case .changedAccount(let record) = receipt else { throw .unavailable("unexpected receipt") }
        return record
    }

    /// Gives an account's pages another look.
    public func setBrand(
        _ brand: Brand, of id: AccountID, by actor: AuditActor
    ) async throws(ManagementError) {
        _ = try await apply(.setBrand(id, brand), by: actor) { _, _ in }
    }

    /// Says when an account is to be warned.
    public func setAlerts(
        _ alerts: Alerts, of id: AccountID, by actor: AuditActor
    ) async throws(ManagementError) {
        _ = try await apply(.setAlerts(id, alerts), by: actor) { _, _ in }
    }

    /// What a new client key is to be.
    public struct KeyOrder: Sendable {
        /// The reseller's name for it.
        public var label = ""
        /// What is carved from the account for it; nil is a key that draws on the account.
        public var budget: NanoUSD?
        /// How fast and broadly it may be used.
        public var limits: KeyLimits
        /// What its client sees for each real dollar.
        public var multiplier = DisplayMultiplier.one
        /// What happens when its money is short; nil is as its account decides.
        public var shortage: ShortagePolicy?
        /// What else it may do.
        public var rules = KeyRules()

        /// Creates an order of a key with a budget, or of one that draws on its account.
        public init(budget: NanoUSD?, limits: KeyLimits) {
            self.budget = budget
            self.limits = limits
        }
    }

    /// Makes a client key, its budget carved from what is available on the account.
    public func createKey(
        of accountID: AccountID, _ order: KeyOrder, call: ManagementCall<IssuedKey>? = nil, by actor: AuditActor
    ) async throws(ManagementError) -> IssuedKey {
        let now = time.now()
        let keyID = UUIDv7(time: now)
        let secret = SecretMint.mint(prefix: SecretMint.clientPrefix)
        let budget = order.budget ?? .zero
        let key = NewKey(
            publicID: keyID, secret: try keep(secret, for: keyID), label: order.label, limits: order.limits,
            multiplier: order.multiplier, shortage: order.shortage, rules: order.rules,
            drawsOnAccount: order.budget == nil, budget: budget)
        let receipt = try await apply(
            once(.createKey(accountID: accountID, key: key, at: now), call) {
                $0.key.map { IssuedKey(record: $0, secret: secret) }
            }, by: actor,
            taking: { books throws(ManagementError) in
                guard let account = books.accounts[accountID] else { throw .notFound }
                guard account.available >= budget else { throw .insufficientAvailableBalance }
                account.available -= budget
            },
            undoing: { $0.accounts[accountID]?.available += budget },
            publishing: { books, receipt in
                if case .key(let record, _) = receipt { books.open(record, today: now.day) }
            })
        guard let record = receipt.key else { throw .unavailable("unexpected receipt") }
        return IssuedKey(record: record, secret: secret)
    }

    /// Changes a client key, and moves money between it and its account.
    public func changeKey(
        _ id: KeyID, _ change: KeyChange, call: ManagementCall<KeyRecord>? = nil, by actor: AuditActor
    ) async throws(ManagementError) -> KeyRecord {
        let taken = change.budgetChange
        let returnsBudget = change.drawsOnAccount == true
        let receipt = try await apply(
            once(.changeKey(id, change, at: time.now()), call, outcome: \.key), by: actor,
            taking: { books throws(ManagementError) in
                guard let key = books.keys[id], !key.isClosed else { throw .notFound }
                guard change.rules.applied(to: key.rules) != nil else { throw .periodWithoutLimit }
                let drawsOnAccount = change.drawsOnAccount ?? key.drawsOnAccount
                guard taken == .zero || !drawsOnAccount else { throw .keyHasNoBudget }
                if taken > .zero {
                    guard key.account.available >= taken else { throw .insufficientAvailableBalance }
                    key.account.available -= taken
                } else {
                    guard key.rest + taken >= .zero else { throw .belowSpentOrHeld }
                    key.rest += taken
                }
                key.drawsOnAccount = drawsOnAccount
                if returnsBudget { key.beginReturn() }
            },
            undoing: { books in
                guard let key = books.keys[id] else { return }
                if taken > .zero { key.account.available += taken } else { key.rest -= taken }
                if returnsBudget { key.endReturn(of: .zero) }
            },
            publishing: { books, receipt in
                guard let key = books.keys[id], case .key(let record, let refunded) = receipt else { return }
                key.follow(record)
                if taken > .zero { key.rest += taken } else { key.account.available -= taken }
                if returnsBudget { key.endReturn(of: refunded) }
                key.account.available += refunded
            })
        guard let record = receipt.key else { throw .unavailable("unexpected receipt") }
        return record
    }

    /// Deletes a client key; what is neither spent nor held goes back to the account.
    ///
    /// - Returns: What went back at once; what requests in flight hold follows when they end.
    public func deleteKey(_ id: KeyID, by actor: AuditActor) async throws(ManagementError) -> NanoUSD {
        let receipt = try await apply(
            .deleteKey(id, at: time.now()), by: actor,
            taking: { books throws(ManagementError) in
                guard let key = books.keys[id], !key.isClosed else { throw .notFound }
                books.close(key)
                key.beginReturn()
            },
            undoing: { books in
                guard let key = books.keys[id] else { return }
                books.reopen(key)
                key.endReturn(of: .zero)
            },
            publishing: { books, receipt in
                guard let key = books.keys[id], case .key(_, let refunded) = receipt else { return }
                key.endReturn(of: refunded)
                key.account.available += refunded
                books.forgetIfDone(key)
            })
        guard case .key(_, let refunded) = receipt else { throw .unavailable("unexpected receipt") }
        return refunded
    }

    /// Gives a key a new secret; the old one goes on until a moment, or is refused from when this returns.
    public func replaceSecret(
        of record: KeyRecord, oldValidUntil: Timestamp? = nil, by actor: AuditActor
    ) async throws(ManagementError) -> IssuedKey {
        let prefix = record.kind == .account ? SecretMint.accountPrefix : SecretMint.clientPrefix
        let secret = SecretMint.mint(prefix: prefix)
        let kept = try keep(secret, for: record.publicID)
        let now = time.now()
        let command = LedgerCommand.replaceSecret(record.id, kept, oldValidUntil: oldValidUntil, at: now)
        let receipt = try await apply(command, by: actor) { books, receipt in
            guard let key = books.keys[record.id], let changed = receipt.key else { return }
            key.follow(changed)
            books.replaceDigest(of: key, with: kept.digest, oldValidUntil: oldValidUntil)
        }
        guard let changed = receipt.key else { throw .unavailable("unexpected receipt") }
        return IssuedKey(record: changed, secret: secret)
    }

    /// Returns a key's secret, for its owner.
    public func reveal(_ record: KeyRecord) throws(ManagementError) -> Secret {
        try unseal(record.sealedSecret, for: record.publicID)
    }

    func unseal(_ sealed: [UInt8], for id: UUIDv7) throws(ManagementError) -> Secret {
        do {
            return try vault.unseal(sealed, for: id)
        } catch {
            throw .vault(error)
        }
    }

    func keep(_ secret: Secret, for id: UUIDv7) throws(ManagementError) -> KeySecret {
        guard let digest = vault.digest(of: secret.revealed.utf8) else { throw .vault(.libraryFailure) }
        do {
            return KeySecret(
                digest: digest, sealed: try vault.seal(secret, for: id),
                displayID: SecretMint.displayID(of: secret))
        } catch {
            throw .vault(error)
        }
    }

    private func applyDeposit(
        _ command: LedgerCommand, by actor: AuditActor
    ) async throws(ManagementError) -> DepositRecord {
        let receipt = try await apply(command, by: actor) { books, receipt in
            guard case .deposit(let record, let credited) = receipt else { return }
            books.accounts[record.accountID]?.available += credited
        }
        guard let record = receipt.deposit else { throw .unavailable("unexpected receipt") }
        return record
    }

    /// Takes what a command needs from the books, writes the command and who asked for it, and publishes what it gave, each at its
    /// own moment: before, during and after the write.
    ///
    /// - Parameter actor: Nil for what nobody asked for in itself, and the audit log does not tell.
    func apply(
        _ command: LedgerCommand, by actor: AuditActor?,
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
                let command = actor.map { .audited($0, command, at: time.now()) } ?? command
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
