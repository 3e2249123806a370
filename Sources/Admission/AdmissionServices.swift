import Ledger
import Logging
import Pricing
import Timekeeping
import Vault

/// Everything that decides about money: one value for each duty, over the same books.
public struct AdmissionServices: Sendable {
    /// Authenticates, admits and settles model requests.
    public let requests: RequestAdmission
    /// Changes accounts, keys, deposits and vouchers.
    public let accounts: AccountManagement
    /// Changes brand and alerts of accounts, which no decision about money depends on.
    public let preferences: AccountPreferences
    /// Returns the stored answers of management calls that are repeated.
    public let answers: IdempotentAnswers
    /// The prices in force and those to come.
    public let prices: PriceBook
    /// The operator's limits for keys.
    public let policy: KeyPolicy
    /// The clock of limits and ledger rows.
    public let time: any TimeSource

    /// Opens the services on a ledger, which is read once: puts prices in force, and settles the holds that an earlier run
    /// left open.
    ///
    /// An open hold means that the gateway stopped while its request was in flight. It is charged by a policy, and its
    /// row says `interrupted`.
    ///
    /// - Parameter rateCard: The operator's file. If its prices are not those that the file had when it was last recorded,
    ///   they are in force from now on; else the prices of the ledger stay in force.
    /// - Throws: `LedgerFailure` if an open hold cannot be settled, `ManagementError` if the operator's prices cannot be recorded,
    ///   `RateCardError` if prices in the ledger cannot be read, or an error of the database.
    public static func open(
        store: any LedgerStore, rateCard: RateCard, vault: KeyVault, policy: KeyPolicy,
        recovery: RecoveryPolicy = .input, longestRequest: Duration = .seconds(3600), time: any TimeSource,
        logger: Logger
    ) async throws -> AdmissionServices {
        let today = time.now().day
        let contents = try await store.contents(usageFrom: min(today.firstOfWeek, today.firstOfMonth))
        let books = LockedBooks(Books(contents, today: today))
        let prices = try await PriceBook.open(
            file: rateCard, recorded: contents.rateCards, store: store, time: time, logger: logger)
        let requests = RequestAdmission(
            books: books, prices: prices, store: store, vault: vault, leastOutputTokens: policy.leastOutputTokens,
            longestRequest: longestRequest, time: time, logger: logger)
        try await requests.recover(contents.holds, by: recovery)
        let secrets = SecretKeeper(vault: vault)
        let answers = IdempotentAnswers(vault: vault)
        let commands = CommandDispatcher(store: store, books: books, answers: answers, time: time)
        return AdmissionServices(
            requests: requests,
            accounts: AccountManagement(commands: commands, secrets: secrets, policy: policy, time: time),
            preferences: AccountPreferences(commands: commands), answers: answers, prices: prices, policy: policy,
            time: time)
    }
}
