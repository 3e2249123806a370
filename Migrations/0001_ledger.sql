-- The ledger. Amounts are integers in nano-USD, times are milliseconds since 1970 (UTC), identifiers that are shown
-- outside are 16-byte UUIDs (version 7). Every change happens in the one writer's transactions.

-- Who pays. A deposit comes in, budgets go out to client keys and come back, the account's own key spends the rest.
CREATE TABLE accounts (
    id                       INTEGER PRIMARY KEY,
    public_id                BLOB    NOT NULL UNIQUE CHECK (length(public_id) = 16),
    name                     TEXT    NOT NULL,
    -- Completed deposits.
    deposited_nano_usd       INTEGER NOT NULL DEFAULT 0 CHECK (deposited_nano_usd >= 0),
    -- Budgets of client keys: allocations less refunds.
    allocated_nano_usd       INTEGER NOT NULL DEFAULT 0 CHECK (allocated_nano_usd >= 0),
    -- Spent and held by the account's own key.
    spent_nano_usd           INTEGER NOT NULL DEFAULT 0 CHECK (spent_nano_usd >= 0),
    held_nano_usd            INTEGER NOT NULL DEFAULT 0 CHECK (held_nano_usd >= 0),
    -- Spent by client keys, deleted ones included: a part of what is allocated.
    spent_by_clients_nano_usd INTEGER NOT NULL DEFAULT 0 CHECK (spent_by_clients_nano_usd >= 0),
    -- Costs that neither a hold nor a budget covered.
    overrun_nano_usd         INTEGER NOT NULL DEFAULT 0 CHECK (overrun_nano_usd >= 0),
    -- Rows in requests; the sequence number of the newest.
    row_count                INTEGER NOT NULL DEFAULT 0 CHECK (row_count >= 0),
    created_at_ms            INTEGER NOT NULL,
    CHECK (allocated_nano_usd + spent_nano_usd + held_nano_usd <= deposited_nano_usd),
    CHECK (spent_by_clients_nano_usd <= allocated_nano_usd)
) STRICT;

-- Who spends. Kind 1 is the account's own key (one for each account), whose money is the account's; kind 2 is a client
-- key with a budget of its own.
CREATE TABLE keys (
    id                       INTEGER PRIMARY KEY,
    public_id                BLOB    NOT NULL UNIQUE CHECK (length(public_id) = 16),
    account_id               INTEGER NOT NULL REFERENCES accounts (id),
    kind                     INTEGER NOT NULL CHECK (kind IN (1, 2)),
    digest                   BLOB    NOT NULL UNIQUE CHECK (length(digest) = 32),
    sealed_secret            BLOB    NOT NULL,
    display_id               TEXT    NOT NULL,
    label                    TEXT    NOT NULL,
    requests_per_minute      INTEGER NOT NULL CHECK (requests_per_minute > 0),
    concurrent_requests      INTEGER NOT NULL CHECK (concurrent_requests > 0),
    multiplier_numerator     INTEGER NOT NULL CHECK (multiplier_numerator >= multiplier_denominator),
    multiplier_denominator   INTEGER NOT NULL CHECK (multiplier_denominator > 0),
    budget_nano_usd          INTEGER NOT NULL DEFAULT 0 CHECK (budget_nano_usd >= 0),
    spent_nano_usd           INTEGER NOT NULL DEFAULT 0 CHECK (spent_nano_usd >= 0),
    held_nano_usd            INTEGER NOT NULL DEFAULT 0 CHECK (held_nano_usd >= 0),
    -- What the client sees as spent, and the rest of its rounding in 1/denominator nano-dollars.
    shown_spent_nano_usd     INTEGER NOT NULL DEFAULT 0 CHECK (shown_spent_nano_usd >= 0),
    shown_carry              INTEGER NOT NULL DEFAULT 0 CHECK (shown_carry BETWEEN 0 AND multiplier_denominator - 1),
    row_count                INTEGER NOT NULL DEFAULT 0 CHECK (row_count >= 0),
    created_at_ms            INTEGER NOT NULL,
    deleted_at_ms            INTEGER,
    CHECK (kind = 1 OR spent_nano_usd + held_nano_usd <= budget_nano_usd)
) STRICT;

CREATE UNIQUE INDEX keys_one_own_key ON keys (account_id) WHERE kind = 1;
CREATE INDEX keys_of_account ON keys (account_id, id);

CREATE TABLE deposits (
    id                       INTEGER PRIMARY KEY,
    public_id                BLOB    NOT NULL UNIQUE CHECK (length(public_id) = 16),
    account_id               INTEGER NOT NULL REFERENCES accounts (id),
    amount_nano_usd          INTEGER NOT NULL CHECK (amount_nano_usd > 0),
    -- 0 pending, 1 completed.
    status                   INTEGER NOT NULL CHECK (status IN (0, 1)),
    reference                TEXT,
    created_at_ms            INTEGER NOT NULL,
    completed_at_ms          INTEGER,
    UNIQUE (account_id, reference),
    CHECK ((status = 1) = (completed_at_ms IS NOT NULL))
) STRICT;

-- Money that moves between owners, double entry: each row takes from one and gives to another. The rows of
-- requests are the fourth kind of posting, from a key to what is spent.
--   1 deposit: outside -> account   2 allocation: account -> key   3 refund: key -> account
CREATE TABLE postings (
    id                       INTEGER PRIMARY KEY,
    kind                     INTEGER NOT NULL CHECK (kind IN (1, 2, 3)),
    account_id               INTEGER NOT NULL REFERENCES accounts (id),
    key_id                   INTEGER REFERENCES keys (id),
    deposit_id               INTEGER UNIQUE REFERENCES deposits (id),
    amount_nano_usd          INTEGER NOT NULL CHECK (amount_nano_usd > 0),
    posted_at_ms             INTEGER NOT NULL,
    CHECK ((kind = 1) = (deposit_id IS NOT NULL)),
    CHECK ((kind = 1) = (key_id IS NULL))
) STRICT;

CREATE TABLE models (
    id                       INTEGER PRIMARY KEY,
    name                     TEXT    NOT NULL UNIQUE
) STRICT;

-- Money set aside for requests in flight. A row ends as a row of requests, in the same transaction.
CREATE TABLE holds (
    request_id               BLOB    NOT NULL PRIMARY KEY CHECK (length(request_id) = 16),
    account_id               INTEGER NOT NULL REFERENCES accounts (id),
    key_id                   INTEGER NOT NULL REFERENCES keys (id),
    amount_nano_usd          INTEGER NOT NULL CHECK (amount_nano_usd >= 0),
    -- What is charged if the gateway dies before the request is settled.
    interrupted_nano_usd     INTEGER NOT NULL CHECK (interrupted_nano_usd BETWEEN 0 AND amount_nano_usd),
    model_id                 INTEGER NOT NULL REFERENCES models (id),
    endpoint                 INTEGER NOT NULL,
    price_version            INTEGER NOT NULL,
    multiplier_numerator     INTEGER NOT NULL,
    multiplier_denominator   INTEGER NOT NULL,
    started_at_ms            INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The ledger's rows: one for each request that was admitted, free of gaps for each account and each key, so that a
-- page is a range and a total is a counter.
CREATE TABLE requests (
    id                       INTEGER PRIMARY KEY,
    request_id               BLOB    NOT NULL CHECK (length(request_id) = 16),
    account_id               INTEGER NOT NULL REFERENCES accounts (id),
    key_id                   INTEGER NOT NULL REFERENCES keys (id),
    account_sequence         INTEGER NOT NULL,
    key_sequence             INTEGER NOT NULL,
    model_id                 INTEGER NOT NULL REFERENCES models (id),
    endpoint                 INTEGER NOT NULL,
    input_tokens             INTEGER NOT NULL CHECK (input_tokens >= 0),
    output_tokens            INTEGER NOT NULL CHECK (output_tokens >= 0),
    cache_read_tokens        INTEGER NOT NULL CHECK (cache_read_tokens >= 0),
    cache_write_5m_tokens    INTEGER NOT NULL CHECK (cache_write_5m_tokens >= 0),
    cache_write_1h_tokens    INTEGER NOT NULL CHECK (cache_write_1h_tokens >= 0),
    -- 0 none, 1 reported, 2 estimated, 3 interrupted.
    usage_source             INTEGER NOT NULL CHECK (usage_source BETWEEN 0 AND 3),
    cost_nano_usd            INTEGER NOT NULL CHECK (cost_nano_usd >= 0),
    -- Part of the cost that the budget did not cover; the key is charged the rest.
    overrun_nano_usd         INTEGER NOT NULL CHECK (overrun_nano_usd BETWEEN 0 AND cost_nano_usd),
    shown_cost_nano_usd      INTEGER NOT NULL CHECK (shown_cost_nano_usd >= 0),
    upstream_cost_nano_usd   INTEGER,
    price_version            INTEGER NOT NULL,
    multiplier_numerator     INTEGER NOT NULL,
    multiplier_denominator   INTEGER NOT NULL,
    duration_ms              INTEGER NOT NULL,
    first_byte_ms            INTEGER,
    http_status              INTEGER NOT NULL,
    started_at_ms            INTEGER NOT NULL
) STRICT;

CREATE UNIQUE INDEX requests_by_request ON requests (request_id);
CREATE UNIQUE INDEX requests_by_account ON requests (account_id, account_sequence);
CREATE UNIQUE INDEX requests_by_key ON requests (key_id, key_sequence);

-- Sums of rows, by the UTC day and hour on which their requests began. Costs are what was charged.
CREATE TABLE usage_by_key_day (
    key_id                   INTEGER NOT NULL REFERENCES keys (id),
    day                      INTEGER NOT NULL,
    requests                 INTEGER NOT NULL,
    input_tokens             INTEGER NOT NULL,
    output_tokens            INTEGER NOT NULL,
    cost_nano_usd            INTEGER NOT NULL,
    shown_cost_nano_usd      INTEGER NOT NULL,
    PRIMARY KEY (key_id, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE usage_by_model_hour (
    account_id               INTEGER NOT NULL REFERENCES accounts (id),
    hour                     INTEGER NOT NULL,
    model_id                 INTEGER NOT NULL REFERENCES models (id),
    requests                 INTEGER NOT NULL,
    input_tokens             INTEGER NOT NULL,
    output_tokens            INTEGER NOT NULL,
    cost_nano_usd            INTEGER NOT NULL,
    PRIMARY KEY (account_id, hour, model_id)
) STRICT, WITHOUT ROWID;

-- One row that is written to find out whether a failing disk has recovered.
CREATE TABLE write_probe (
    id                       INTEGER PRIMARY KEY CHECK (id = 1),
    probed_at_ms             INTEGER NOT NULL
) STRICT;

INSERT INTO write_probe (id, probed_at_ms) VALUES (1, 0);
