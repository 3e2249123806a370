/// Everything that can be read of a ledger. Each read sees what is durable, from one consistent state.
///
/// Callers that need a part take the protocol of that part.
public typealias LedgerReader = AccountReader & AuditReader & DepositReader & HoldReader & IdempotencyReader & KeyReader
    & ManagementKeyReader & RequestLogReader & UsageReader & VoucherReader & WeeklyRollupReader
