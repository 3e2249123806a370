-- Rules of keys, whose money a request takes, sums by model, management keys, and who changed what.

-- Rebuilt for a third kind, and for money that is drawn from the account instead of a budget. Kind 3 stands for all
-- temporary web tokens of an account.
CREATE TABLE keys_0003 (
    id                       INTEGER PRIMARY KEY,
    public_id                BLOB    NOT NULL UNIQUE CHECK (length(public_id) = 16),
    account_id               INTEGER NOT NULL REFERENCES accounts (id),
    kind                     INTEGER NOT NULL CHECK (kind IN (1, 2, 3)),
    digest                   BLOB    NOT NULL UNIQUE CHECK (length(digest) = 32),
    sealed_secret            BLOB    NOT NULL,
    display_id               TEXT    NOT NULL,
    label                    TEXT    NOT NULL,
    requests_per_minute      INTEGER NOT NULL CHECK (requests_per_minute > 0),
    concurrent_requests      INTEGER NOT NULL CHECK (concurrent_requests > 0),
    multiplier_numerator     INTEGER NOT NULL CHECK (multiplier_numerator >= multiplier_denominator),
    multiplier_denominator   INTEGER NOT NULL CHECK (multiplier_denominator > 0),
    -- 1: it has no budget, its requests are paid from what is available on the account.
    draws_on_account         INTEGER NOT NULL CHECK (draws_on_account IN (0, 1)),
    -- The budget of its own, what of that is spent, and what of it is held.
    budget_nano_usd          INTEGER NOT NULL DEFAULT 0 CHECK (budget_nano_usd >= 0),
    spent_nano_usd           INTEGER NOT NULL DEFAULT 0 CHECK (spent_nano_usd >= 0),
    held_nano_usd            INTEGER NOT NULL DEFAULT 0 CHECK (held_nano_usd >= 0),
    -- What it has spent and holds of the account's money.
    drawn_nano_usd           INTEGER NOT NULL DEFAULT 0 CHECK (drawn_nano_usd >= 0),
    drawn_held_nano_usd      INTEGER NOT NULL DEFAULT 0 CHECK (drawn_held_nano_usd >= 0),
    -- What the client sees as spent, and the rest of its rounding in 1/denominator nano-dollars.
    shown_spent_nano_usd     INTEGER NOT NULL DEFAULT 0 CHECK (shown_spent_nano_usd >= 0),
    shown_carry              INTEGER NOT NULL DEFAULT 0 CHECK (shown_carry BETWEEN 0 AND multiplier_denominator - 1),
    row_count                INTEGER NOT NULL DEFAULT 0 CHECK (row_count >= 0),
    -- The tokens of all rows that it ever had.
    input_tokens             INTEGER NOT NULL DEFAULT 0 CHECK (input_tokens >= 0),
    output_tokens            INTEGER NOT NULL DEFAULT 0 CHECK (output_tokens >= 0),
    -- A Monday: its days before it are summed up by week too.
    summed_until_day         INTEGER NOT NULL DEFAULT -3 CHECK ((summed_until_day + 3) % 7 = 0),
    created_at_ms            INTEGER NOT NULL,
    deleted_at_ms            INTEGER,
    -- Null takes the account's rule.
    shortage                 INTEGER CHECK (shortage IN (1, 2)),
    dropped_rows             INTEGER NOT NULL DEFAULT 0 CHECK (dropped_rows BETWEEN 0 AND row_count),
    dropped_spent_nano_usd   INTEGER NOT NULL DEFAULT 0 CHECK (dropped_spent_nano_usd >= 0),
    dropped_drawn_nano_usd   INTEGER NOT NULL DEFAULT 0 CHECK (dropped_drawn_nano_usd >= 0),
    dropped_shown_nano_usd   INTEGER NOT NULL DEFAULT 0 CHECK (dropped_shown_nano_usd >= 0),
    CHECK (kind = 2 OR draws_on_account = 1),
    CHECK (spent_nano_usd + held_nano_usd <= budget_nano_usd)
) STRICT;

INSERT INTO keys_0003
SELECT id, public_id, account_id, kind, digest, sealed_secret, display_id, label, requests_per_minute,
    concurrent_requests, multiplier_numerator, multiplier_denominator, kind = 1, budget_nano_usd,
    iif(kind = 1, 0, spent_nano_usd), iif(kind = 1, 0, held_nano_usd), iif(kind = 1, spent_nano_usd, 0),
    iif(kind = 1, held_nano_usd, 0), shown_spent_nano_usd, shown_carry, row_count, 0, 0, -3, created_at_ms, deleted_at_ms,
    shortage, dropped_rows, iif(kind = 1, 0, dropped_spent_nano_usd), iif(kind = 1, dropped_spent_nano_usd, 0),
    dropped_shown_nano_usd
FROM keys;

DROP TABLE keys;
ALTER TABLE keys_0003 RENAME TO keys;
CREATE UNIQUE INDEX keys_one_own_key ON keys (account_id) WHERE kind = 1;
CREATE UNIQUE INDEX keys_one_web_key ON keys (account_id) WHERE kind = 3;
CREATE INDEX keys_of_account ON keys (account_id, id);

-- Rules of a key, apart from its counters: those change with every request. A key without rules has no row.
CREATE TABLE key_rules (
    key_id                   INTEGER PRIMARY KEY REFERENCES keys (id),
    is_enabled               INTEGER NOT NULL CHECK (is_enabled IN (0, 1)),
    expires_at_ms            INTEGER,
    spend_limit_nano_usd     INTEGER CHECK (spend_limit_nano_usd >= 0),
    -- 1 day, 2 week, 3 month; null is the key's whole life.
    spend_limit_period       INTEGER CHECK (spend_limit_period BETWEEN 1 AND 3),
    credit_limit_nano_usd    INTEGER CHECK (credit_limit_nano_usd >= 0),
    requests_per_day         INTEGER CHECK (requests_per_day >= 0),
    tokens_per_minute        INTEGER CHECK (tokens_per_minute >= 0),
    -- JSON arrays of texts; null allows all.
    allowed_models           TEXT    CHECK (json_type(allowed_models) = 'array'),
    allowed_addresses        TEXT    CHECK (json_type(allowed_addresses) = 'array'),
    allowance_nano_usd       INTEGER CHECK (allowance_nano_usd > 0),
    allowance_period         INTEGER CHECK (allowance_period BETWEEN 1 AND 3),
    uses_subscription_first  INTEGER NOT NULL CHECK (uses_subscription_first IN (0, 1)),
    falls_back_to_balance    INTEGER NOT NULL CHECK (falls_back_to_balance IN (0, 1)),
    environment              TEXT,
    team                     TEXT,
    project                  TEXT,
    notes                    TEXT,
    CHECK (spend_limit_period IS NULL OR spend_limit_nano_usd IS NOT NULL),
    CHECK ((allowance_nano_usd IS NULL) = (allowance_period IS NULL))
) STRICT;

CREATE VIEW keys_with_rules AS SELECT * FROM keys LEFT JOIN key_rules ON key_id = id;

-- Secrets that recognise a key until a moment: the one before a rotation, and temporary web tokens.
CREATE TABLE temporary_secrets (
    digest                   BLOB    NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
    key_id                   INTEGER NOT NULL REFERENCES keys (id),
    valid_until_ms           INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX temporary_secrets_by_time ON temporary_secrets (valid_until_ms);

-- Keys that manage an account and never spend. Scope: 1 full, 2 read-only.
CREATE TABLE management_keys (
    id                       INTEGER PRIMARY KEY,
    public_id                BLOB    NOT NULL UNIQUE CHECK (length(public_id) = 16),
    account_id               INTEGER NOT NULL REFERENCES accounts (id),
    digest                   BLOB    NOT NULL UNIQUE CHECK (length(digest) = 32),
    display_id               TEXT    NOT NULL,
    label                    TEXT    NOT NULL,
    scope                    INTEGER NOT NULL CHECK (scope IN (1, 2)),
    expires_at_ms            INTEGER,
    created_at_ms            INTEGER NOT NULL,
    deleted_at_ms            INTEGER
) STRICT;

CREATE INDEX management_keys_of_account ON management_keys (account_id, id);

-- Whose money it is: 0 the key's own budget, 1 the account's, 2 the account's within the key's allowance.
ALTER TABLE holds ADD COLUMN payer INTEGER NOT NULL DEFAULT 0 CHECK (payer BETWEEN 0 AND 2);
ALTER TABLE requests ADD COLUMN payer INTEGER NOT NULL DEFAULT 0 CHECK (payer BETWEEN 0 AND 2);
UPDATE holds SET payer = 1 WHERE key_id IN (SELECT id FROM keys WHERE kind = 1);
UPDATE requests SET payer = 1 WHERE key_id IN (SELECT id FROM keys WHERE kind = 1);

-- Sums by key, day and model, and between which of the key's rows a day's rows lie.
CREATE TABLE usage_by_key_day_0003 (
    key_id                   INTEGER NOT NULL REFERENCES keys (id),
    day                      INTEGER NOT NULL,
    model_id                 INTEGER NOT NULL REFERENCES models (id),
    requests                 INTEGER NOT NULL,
    input_tokens             INTEGER NOT NULL,
    output_tokens            INTEGER NOT NULL,
    cost_nano_usd            INTEGER NOT NULL,
    shown_cost_nano_usd      INTEGER NOT NULL,
    -- The part of the cost that the key's allowance paid.
    allowance_nano_usd       INTEGER NOT NULL,
    first_sequence           INTEGER NOT NULL,
    last_sequence            INTEGER NOT NULL,
    PRIMARY KEY (key_id, day, model_id)
) STRICT, WITHOUT ROWID;

INSERT INTO usage_by_key_day_0003
SELECT key_id, started_at_ms / 86400000, model_id, COUNT(*),
    SUM(input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens), SUM(output_tokens),
    SUM(cost_nano_usd - overrun_nano_usd), SUM(shown_cost_nano_usd), 0, MIN(key_sequence), MAX(key_sequence)
FROM requests WHERE started_at_ms / 86400000 > (SELECT last_day FROM retention) GROUP BY 1, 2, 3;

-- Days that rows were removed of: nobody knows their models any more.
INSERT INTO models (name) SELECT 'unknown' FROM retention WHERE last_day >= 0 ON CONFLICT DO NOTHING;
INSERT INTO usage_by_key_day_0003
SELECT key_id, day, (SELECT id FROM models WHERE name = 'unknown'), requests, input_tokens, output_tokens,
    cost_nano_usd, shown_cost_nano_usd, 0, 0, (SELECT row_count FROM keys WHERE id = key_id)
FROM usage_by_key_day WHERE day <= (SELECT last_day FROM retention);

DROP TABLE usage_by_key_day;
ALTER TABLE usage_by_key_day_0003 RENAME TO usage_by_key_day;

-- The same by week, so that long times of many keys are summed up from few rows: written when a week is over, from its
-- days. A week is named by its Monday.
CREATE TABLE usage_by_key_week (
    key_id                   INTEGER NOT NULL REFERENCES keys (id),
    first_day                INTEGER NOT NULL CHECK ((first_day + 3) % 7 = 0),
    model_id                 INTEGER NOT NULL REFERENCES models (id),
    requests                 INTEGER NOT NULL,
    input_tokens             INTEGER NOT NULL,
    output_tokens            INTEGER NOT NULL,
    cost_nano_usd            INTEGER NOT NULL,
    shown_cost_nano_usd      INTEGER NOT NULL,
    PRIMARY KEY (key_id, first_day, model_id)
) STRICT, WITHOUT ROWID;

UPDATE keys SET input_tokens = input, output_tokens = output
FROM (
    SELECT key_id, SUM(input_tokens) AS input, SUM(output_tokens) AS output FROM usage_by_key_day GROUP BY key_id
) WHERE key_id = id;

-- Between which of the account's rows an hour's rows lie.
ALTER TABLE usage_by_model_hour ADD COLUMN first_sequence INTEGER NOT NULL DEFAULT 0;
ALTER TABLE usage_by_model_hour ADD COLUMN last_sequence INTEGER NOT NULL DEFAULT 0;
UPDATE usage_by_model_hour SET first_sequence = first, last_sequence = last
FROM (
    SELECT account_id, started_at_ms / 3600000 AS hour, model_id, MIN(account_sequence) AS first,
        MAX(account_sequence) AS last
    FROM requests GROUP BY 1, 2, 3
) AS found
WHERE usage_by_model_hour.account_id = found.account_id AND usage_by_model_hour.hour = found.hour
    AND usage_by_model_hour.model_id = found.model_id;

-- Every change that somebody asked for. Actor: 0 the gateway itself, 1 the operator, 2 an account key, 3 a management key.
CREATE TABLE audit (
    id                       INTEGER PRIMARY KEY,
    happened_at_ms           INTEGER NOT NULL,
    actor                    INTEGER NOT NULL CHECK (actor BETWEEN 0 AND 3),
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

CREATE INDEX audit_of_account ON audit (account_id, id);

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_is_never_removed BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
