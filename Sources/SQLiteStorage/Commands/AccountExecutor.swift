import Accounts
import GRDB
import Ledger
import Money
import Timekeeping

/// Opens and changes accounts.
struct AccountExecutor {
    let db: Database

    func open(_ command: OpenAccount) throws -> OpenedAccount {
        try db.run(
            "INSERT INTO accounts (public_id, name, created_at_ms) VALUES (?, ?, ?)",
            [command.publicID.data, command.name, command.openedAt.milliseconds])
        let id = AccountID(db.lastInsertedRowID)
        let keyID = try KeyExecutor(db: db).insert(command.key, of: id, command.openedAt)
        return OpenedAccount(account: try db.account(id), key: try db.key(keyID))
    }

    func change(_ command: ChangeAccount) throws -> AccountRecord {
        let account = try db.account(command.accountID)
        let change = command.change
        try db.run(
            "UPDATE accounts SET markup_millionths = ?, shortage = ?, disconnect = ?, policy_error = ? WHERE id = ?",
            [
                (change.markup ?? account.markup).millionths, (change.shortage ?? account.rules.shortage).rawValue,
                (change.disconnect ?? account.rules.disconnect).rawValue,
                (change.policyError ?? account.rules.policyError).rawValue, command.accountID.rawValue,
            ])
        return try db.account(command.accountID)
    }

    func set(_ command: SetBrand) throws -> AccountRecord {
        let account = try db.account(command.accountID)
        let brand = command.brand
        try db.run(
            """
            INSERT OR REPLACE INTO brands (account_id, name, logo, colour, contact, top_up, language)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            [
                command.accountID.rawValue, brand.name, brand.logo, brand.colour, brand.contact, brand.topUp,
                brand.language?.rawValue,
            ])
        return account
    }

    func set(_ command: SetAlerts) throws -> AccountRecord {
        let account = try db.account(command.accountID)
        let alerts = command.alerts
        try db.run(
            """
            INSERT OR REPLACE INTO alerts (account_id, available_below_nano_usd, key_left_percent, days_to_expiry)
            VALUES (?, ?, ?, ?)
            """,
            [
                command.accountID.rawValue, alerts.availableBelow?.nanos, alerts.keyLeftPercent, alerts.daysToExpiry,
            ])
        return account
    }
}
