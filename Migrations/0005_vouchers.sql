-- Vouchers, alerts, refused deposits, and clients in the audit log.

-- Codes that a reseller sells: whoever redeems one gets an amount for a key. Nothing is set aside for them; the amount is
-- taken from the account when a code is redeemed.
CREATE TABLE vouchers (
    id                       INTEGER PRIMARY KEY,
    public_id                BLOB    NOT NULL UNIQUE CHECK (length(public_id) = 16),
    account_id               INTEGER NOT NULL REFERENCES accounts (id),
    digest                   BLOB    NOT NULL UNIQUE CHECK (length(digest) = 32),
    sealed_code              BLOB    NOT NULL,
    label                    TEXT    NOT NULL,
    -- What moves from the account to the key, and what its client sees of it.
    amount_nano_usd          INTEGER NOT NULL CHECK (amount_nano_usd > 0),
    shown_nano_usd           INTEGER NOT NULL CHECK (shown_nano_usd >= amount_nano_usd),
    -- How many keys may redeem it, each once, and how many have.
    uses                     INTEGER NOT NULL CHECK (uses > 0),
    used                     INTEGER NOT NULL DEFAULT 0 CHECK (used BETWEEN 0 AND uses),
    expires_at_ms            INTEGER,
    created_at_ms            INTEGER NOT NULL,
    revoked_at_ms            INTEGER
) STRICT;

CREATE INDEX vouchers_of_account ON vouchers (account_id, id);

CREATE TABLE voucher_redemptions (
    voucher_id               INTEGER NOT NULL REFERENCES vouchers (id),
    key_id                   INTEGER NOT NULL REFERENCES keys (id),
    posting_id               INTEGER NOT NULL UNIQUE REFERENCES postings (id),
    PRIMARY KEY (voucher_id, key_id)
) STRICT, WITHOUT ROWID;

-- When an account wants to be warned. An account that does not has no row.
CREATE TABLE alerts (
    account_id               INTEGER PRIMARY KEY REFERENCES accounts (id),
    available_below_nano_usd INTEGER CHECK (available_below_nano_usd >= 0),
    -- Left of a key's budget, in percent.
    key_left_percent         INTEGER CHECK (key_left_percent BETWEEN 1 AND 99),
    days_to_expiry           INTEGER CHECK (days_to_expiry BETWEEN 1 AND 365)
) STRICT;

-- Deposits can be refused.
CREATE TABLE deposits_0005 (
    id                       INTEGER PRIMARY KEY,
    public_id                BLOB    NOT NULL UNIQUE CHECK (length(public_id) = 16),
    account_id               INTEGER NOT NULL REFERENCES accounts (id),
    amount_nano_usd          INTEGER NOT NULL CHECK (amount_nano_usd > 0),
    -- 0 pending, 1 completed, 2 refused.
    status                   INTEGER NOT NULL CHECK (status IN (0, 1, 2)),
    reference                TEXT,
    created_at_ms            INTEGER NOT NULL,
    completed_at_ms          INTEGER,
    UNIQUE (account_id, reference),
    CHECK ((status = 1) = (completed_at_ms IS NOT NULL))
) STRICT;

INSERT INTO deposits_0005 SELECT * FROM deposits;
DROP TABLE deposits;
ALTER TABLE deposits_0005 RENAME TO deposits;

-- Clients change something too: they redeem vouchers.
CREATE TABLE audit_0005 (
    id                       INTEGER PRIMARY KEY,
    happened_at_ms           INTEGER NOT NULL,
    -- 0 the gateway, 1 the operator, 2 an account key, 3 a management key, 4 a client key.
    actor                    INTEGER NOT NULL CHECK (actor BETWEEN 0 AND 4),
    -- The beginning of the key that was used.
    credential               TEXT    NOT NULL,
    address                  TEXT,
    account_id               INTEGER REFERENCES accounts (id),
    action                   TEXT    NOT NULL,
    -- What was changed, by the identifier that it has outside.
    target                   BLOB    CHECK (length(target) = 16),
    -- What was asked for, in JSON.
    changes                  TEXT    NOT NULL
) STRICT;

INSERT INTO audit_0005 SELECT * FROM audit;
DROP TABLE audit;
ALTER TABLE audit_0005 RENAME TO audit;

CREATE INDEX audit_of_account ON audit (account_id, id);

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_is_never_removed BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
