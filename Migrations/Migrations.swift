/// The numbered migrations of the ledger database, in the order in which they are applied.
public enum Migrations {
    /// Name and SQL text of each migration. Released migrations never change.
    public static let all: [(name: String, sql: String)] = [
        ("0001_ledger", String(decoding: PackageResources._001_ledger_sql, as: UTF8.self)),
        ("0002_rules_of_money", String(decoding: PackageResources._002_rules_of_money_sql, as: UTF8.self)),
        ("0003_every_dialect", String(decoding: PackageResources._003_every_dialect_sql, as: UTF8.self)),
        ("0004_portal", String(decoding: PackageResources._004_portal_sql, as: UTF8.self)),
        ("0005_vouchers", String(decoding: PackageResources._005_vouchers_sql, as: UTF8.self)),
        ("0006_dimensions", String(decoding: PackageResources._006_dimensions_sql, as: UTF8.self)),
        ("0007_whose_is_what", String(decoding: PackageResources._007_whose_is_what_sql, as: UTF8.self)),
    ]
}
