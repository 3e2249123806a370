import Accounts
import Ledger
import Money
import Timekeeping
import Vault

/// Changes accounts, keys, deposits and vouchers: in the books that requests are admitted on, and in the ledger.
///
/// Each call returns once its command is durable, and throws a ``ManagementError`` that says why nothing was changed.
public struct AccountManagement: Sendable {
    let commands: CommandDispatcher
    let secrets: SecretKeeper
    let policy: KeyPolicy
    let time: any TimeSource

    init(commands: CommandDispatcher, secrets: SecretKeeper, policy: KeyPolicy, time: any TimeSource) {
        self.commands = commands
        self.secrets = secrets
        self.policy = policy
        self.time = time
    }

    /// Opens an account with its first account key.
    public func openAccount(
        name: String, by actor: AuditActor
    ) async throws(ManagementError) -> (AccountRecord, IssuedKey) {
        let now = time.now()
        let keyID = UUIDv7(time: now)
        let secret = SecretMint.mint(prefix: SecretMint.accountPrefix)
        let key = NewKey(
            publicID: keyID, kind: .account, secret: try secrets.keep(secret, for: keyID), label: name,
            limits: policy.account)
        let command = OpenAccount(publicID: UUIDv7(time: now), name: name, key: key, at: now)
        let receipt = try await commands.apply(
            command, by: actor,
            publishing: { books, receipt in
                books.open(receipt.account)
                books.open(receipt.key, today: now.day)
            })
        return (receipt.account, IssuedKey(record: receipt.key, secret: secret))
    }

    /// Changes an account's markup and request rules. Requests in flight keep those that they were admitted with.
    public func changeAccount(
        _ id: AccountID, _ change: AccountChange, by actor: AuditActor
    ) async throws(ManagementError) -> AccountRecord {
        try await commands.apply(
            ChangeAccount(id, change), by: actor,
            publishing: { books, record in
                guard let account = books.accounts[id] else { return }
                account.markup = record.markup
                account.rules = record.rules
            })
    }
}
