import Accounts
import Ledger
import Money
import Timekeeping
import Vault

/// Client keys and the secrets of keys.
extension AccountManagement {
    /// Creates a client key and allocates its budget from the account's available balance.
    public func createKey(
        of accountID: AccountID, _ order: KeyOrder, call: ManagementCall<IssuedKey>? = nil, by actor: AuditActor
    ) async throws(ManagementError) -> IssuedKey {
        let now = time.now()
        let keyID = UUIDv7(time: now)
        let secret = SecretMint.mint(prefix: SecretMint.clientPrefix)
        let budget = order.budget ?? .zero
        let key = NewKey(
            publicID: keyID, secret: try secrets.keep(secret, for: keyID), label: order.label, limits: order.limits,
            multiplier: order.multiplier, shortage: order.shortage, rules: order.rules,
            drawsOnAccount: order.budget == nil, budget: budget)
        let receipt = try await commands.apply(
            commands.once(CreateKey(accountID: accountID, key: key, at: now), call) {
                IssuedKey(record: $0.key, secret: secret)
            }, by: actor,
            taking: { books throws(ManagementError) in
                guard let account = books.accounts[accountID] else { throw .notFound }
                guard account.available >= budget else { throw .insufficientAvailableBalance }
                account.available -= budget
            },
            undoing: { $0.accounts[accountID]?.available += budget },
            publishing: { books, receipt in books.open(receipt.key, today: now.day) })
        return IssuedKey(record: receipt.key, secret: secret)
    }

    /// Changes a client key, and moves budget between it and its account.
    public func changeKey(
        _ id: KeyID, _ change: KeyChange, call: ManagementCall<KeyRecord>? = nil, by actor: AuditActor
    ) async throws(ManagementError) -> KeyRecord {
        let taken = change.budgetChange
        let returnsBudget = change.drawsOnAccount == true
        let receipt = try await commands.apply(
            commands.once(ChangeKey(id, change, at: time.now()), call, outcome: \.key), by: actor,
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
                    key.takeFromBudget(.zero - taken)
                }
                key.beginSwitch(toAccount: drawsOnAccount)
                if returnsBudget { key.beginReturn() }
            },
            undoing: { books in
                guard let key = books.keys[id] else { return }
                if taken > .zero { key.account.available += taken } else { key.addToBudget(.zero - taken) }
                if returnsBudget { key.endReturn() }
                key.endSwitch()
            },
            publishing: { books, receipt in
                guard let key = books.keys[id] else { return }
                key.follow(receipt.key)
                if taken > .zero { key.addToBudget(taken) } else { key.account.available -= taken }
                key.returned(receipt.refunded)
                if returnsBudget { key.endReturn() }
                key.endSwitch()
            })
        return receipt.key
    }

    /// Deletes a client key and returns the rest of its budget, neither spent nor held, to the account.
    ///
    /// - Returns: The amount returned at once. Amounts held by requests in flight follow when these end.
    public func deleteKey(_ id: KeyID, by actor: AuditActor) async throws(ManagementError) -> NanoUSD {
        let receipt = try await commands.apply(
            DeleteKey(id, at: time.now()), by: actor,
            taking: { books throws(ManagementError) in
                guard let key = books.keys[id], !key.isClosed else { throw .notFound }
                books.close(key)
                key.beginReturn()
            },
            undoing: { books in
                guard let key = books.keys[id] else { return }
                books.reopen(key)
                key.endReturn()
            },
            publishing: { books, receipt in
                guard let key = books.keys[id] else { return }
                key.returned(receipt.refunded)
                key.endReturn()
                key.isDeleted = true
                books.removeIfIdle(key)
            })
        return receipt.refunded
    }

    /// Gives a key a new secret. The old one is valid until `oldValidUntil`, or is refused as soon as this returns.
    public func replaceSecret(
        of record: KeyRecord, oldValidUntil: Timestamp? = nil, by actor: AuditActor
    ) async throws(ManagementError) -> IssuedKey {
        let prefix = record.kind == .account ? SecretMint.accountPrefix : SecretMint.clientPrefix
        let secret = SecretMint.mint(prefix: prefix)
        let kept = try secrets.keep(secret, for: record.publicID)
        let receipt = try await commands.apply(
            ReplaceSecret(record.id, kept, oldValidUntil: oldValidUntil), by: actor,
            publishing: { books, receipt in
                guard let key = books.keys[record.id] else { return }
                key.follow(receipt.key)
                books.replaceDigest(of: key, with: kept.digest, oldValidUntil: oldValidUntil)
            })
        return IssuedKey(record: receipt.key, secret: secret)
    }

    /// Returns the secret of a key, for its owner.
    public func reveal(_ record: KeyRecord) throws(ManagementError) -> Secret {
        try secrets.unseal(record.sealedSecret, for: record.publicID)
    }
}
