import Money

/// What a command did, once it is durable.
public enum LedgerReceipt: Hashable, Sendable {
    /// An account was opened, with its first key.
    case account(AccountRecord, KeyRecord)
    /// The account as it is now.
    case changedAccount(AccountRecord)
    /// The deposit as it is now; `credited` is what this command added to the account (zero if nothing).
    case deposit(DepositRecord, credited: NanoUSD)
    /// The key as it is now; `refunded` is what went back to the account.
    case key(KeyRecord, refunded: NanoUSD)
    /// The management key as it is, or was until now.
    case managementKey(ManagementKeyRecord)
    /// The vouchers as they are now.
    case vouchers([VoucherRecord])
    /// The voucher and the key as they are now.
    case redeemed(VoucherRecord, KeyRecord)
    /// The prices as they are kept.
    case prices(RateCardRecord)
    /// So many rows were removed.
    case purged(rows: Int)
    /// Weeks are summed up.
    case rolledUp
    /// The money is set aside.
    case held
    /// The row is written; `refunded` is what went to the account because the key was deleted meanwhile, or draws on the
    /// account now.
    case settled(refunded: NanoUSD)
}

extension LedgerReceipt {
    /// The key as it is now, where the command was about one.
    public var key: KeyRecord? { if case .key(let record, _) = self { record } else { nil } }

    /// The management key, where the command was about one.
    public var managementKey: ManagementKeyRecord? { if case .managementKey(let record) = self { record } else { nil } }

    /// The vouchers as they are now, where the command was about some.
    public var vouchers: [VoucherRecord]? { if case .vouchers(let records) = self { records } else { nil } }

    /// The deposit as it is now, where the command was about one.
    public var deposit: DepositRecord? { if case .deposit(let record, _) = self { record } else { nil } }
}

/// Why a command did nothing.
public enum LedgerFailure: Error, Hashable, Sendable {
    /// A row that the command names is not there, or was deleted.
    case notFound(String)
    /// The books in the ledger do not allow it: a constraint or a uniqueness rule refused.
    case refused(String)
    /// The same deposit reference was used with another amount or status.
    case conflictingReference
    /// The deposit was completed, or was refused: it stays so.
    case depositClosed
    /// A voucher cannot be redeemed.
    case voucher(VoucherRefusal)
    /// The database could not be written: full, failing, or closed. Trying again later may help.
    case unavailable(String)
}
