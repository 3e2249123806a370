import Accounts
import Money
import Timekeeping

/// The writing side of a ledger: one writer, which applies commands in the order in which they are enqueued.
///
/// Two stores exist: `SQLiteLedger`, and in the tests `InMemoryLedger`, the reference model.
///
/// A completion is called exactly once, after its command is durable or has failed, in the order of the calls, on the
/// writer's own thread: it must be short and must not wait.
public protocol LedgerStore: Sendable {
    /// Appends a command of a request to the writer's queue and returns at once.
    ///
    /// A hold fails if the disk does. A settlement or extension whose write fails because of the disk is kept and tried
    /// again; its completion is called when it is durable.
    ///
    /// - Returns: The command's position, for ``settled(upTo:)``.
    @discardableResult
    func enqueue(
        _ command: RequestCommand, completion: @escaping @Sendable (Result<RequestReceipt, LedgerFailure>) -> Void
    ) -> WriteSequence

    /// Appends a management command to the writer's queue and returns at once. It fails if the disk does.
    func enqueue<Receipt>(
        _ command: some ManagementCommand<Receipt>,
        completion: @escaping @Sendable (Result<Receipt, LedgerFailure>) -> Void)

    /// Waits until the command at a position, and all before it, are durable or have failed; not for settlements that a
    /// failing disk keeps waiting. Returns at once if they are, whatever was enqueued since.
    func settled(upTo sequence: WriteSequence) async

    /// Whether the last write succeeded; false while the disk is full or failing.
    var isWritable: Bool { get }

    /// Returns everything that is in force, as it is on disk: accounts, keys that are not deleted, open holds.
    ///
    /// - Parameter day: The first day of the usage that is returned.
    func contents(usageFrom day: Day) async throws -> LedgerContents

    /// Returns those of some objects that a key was given, as it is on disk, each with the model whose answer gave it.
    func givenObjects(_ digests: [ObjectDigest], to key: KeyID) async throws -> [ObjectDigest: String]
}

extension LedgerStore {
    /// Waits until every command enqueued before this call is durable or has failed.
    public func settled() async { await settled(upTo: .last) }

    /// Applies one command of a request and returns its receipt once it is durable.
    @discardableResult
    public func apply(_ command: RequestCommand) async throws(LedgerFailure) -> RequestReceipt {
        let result: Result<RequestReceipt, LedgerFailure> = await withCheckedContinuation { continuation in
            enqueue(command) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }

    /// Applies one management command and returns its receipt once it is durable.
    @discardableResult
    public func apply<Receipt>(
        _ command: some ManagementCommand<Receipt>
    ) async throws(LedgerFailure) -> Receipt {
        let result: Result<Receipt, LedgerFailure> = await withCheckedContinuation { continuation in
            enqueue(command) { continuation.resume(returning: $0) }
        }
        return try result.get()
    }
}
