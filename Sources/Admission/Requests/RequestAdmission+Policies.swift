import Accounts
import Ledger
import Logging
import Timekeeping
import Vault

/// What requests tell the upstream of their key, and what follows from its complaints.
extension RequestAdmission {
    /// Returns the name by which upstreams know the user of a key. It does not change when the key is rotated.
    public func endUser(of principal: Principal) -> String? { vault.endUser(of: principal.publicID) }

    /// Disables a client key whose request violated the upstream's policies, if its account wants that.
    ///
    /// - Parameter requestID: The request, for the audit log.
    public func policyWasViolated(by principal: Principal, request requestID: UUIDv7) {
        logger.warning(
            "request violates the upstream's policies",
            metadata: ["request": "\(requestID.requestText)", "key": "\(principal.keyID)"])
        let now = time.now()
        books.withLock { books in
            // An account key that is disabled could not be enabled by its owner.
            guard principal.kind == .client, let key = books.keys[principal.keyID], !key.isClosed,
                key.rules.isEnabled, key.account.rules.policyError == .hold
            else { return }
            let actor = AuditActor(
                role: .gateway, accountID: principal.accountID, credential: "gateway", action: "hold key",
                changes: #"{"isEnabled":false,"policyErrorOf":"\#(requestID.requestText)"}"#)
            let command = HoldKey(principal.keyID, because: requestID, at: now)
            store.enqueue(command.audited(by: actor, at: now)) { result in
                switch result {
                case .success(let receipt): self.books.withLock { $0.keys[principal.keyID]?.follow(receipt.key) }
                case .failure(let failure):
                    self.logger.error(
                        "key could not be disabled",
                        metadata: ["key": "\(principal.keyID)", "reason": "\(failure)"])
                }
            }
        }
    }
}
