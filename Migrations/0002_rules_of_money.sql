-- Rules that an account sets for its requests, what happened to each request, and what retention has removed.

-- Cost x factor, in millionths: 1,250,000 charges 1.25 for each dollar of the rate card.
ALTER TABLE accounts ADD COLUMN markup_millionths INTEGER NOT NULL DEFAULT 1000000
    CHECK (markup_millionths BETWEEN 0 AND 1000000000);
-- When the whole bound does not fit what is left: 1 clamp the output, 2 refuse.
ALTER TABLE accounts ADD COLUMN shortage INTEGER NOT NULL DEFAULT 1 CHECK (shortage IN (1, 2));
-- When a client goes away: 1 drain the upstream for its usage, 2 cancel it.
ALTER TABLE accounts ADD COLUMN disconnect INTEGER NOT NULL DEFAULT 1 CHECK (disconnect IN (1, 2));
-- Rows that retention has removed, and what they had booked.
ALTER TABLE accounts ADD COLUMN dropped_rows INTEGER NOT NULL DEFAULT 0 CHECK (dropped_rows BETWEEN 0 AND row_count);
ALTER TABLE accounts ADD COLUMN dropped_overrun_nano_usd INTEGER NOT NULL DEFAULT 0 CHECK (dropped_overrun_nano_usd >= 0);

-- Null takes the account's rule.
ALTER TABLE keys ADD COLUMN shortage INTEGER CHECK (shortage IN (1, 2));
ALTER TABLE keys ADD COLUMN dropped_rows INTEGER NOT NULL DEFAULT 0 CHECK (dropped_rows BETWEEN 0 AND row_count);
ALTER TABLE keys ADD COLUMN dropped_spent_nano_usd INTEGER NOT NULL DEFAULT 0 CHECK (dropped_spent_nano_usd >= 0);
ALTER TABLE keys ADD COLUMN dropped_shown_nano_usd INTEGER NOT NULL DEFAULT 0 CHECK (dropped_shown_nano_usd >= 0);

ALTER TABLE holds ADD COLUMN markup_millionths INTEGER NOT NULL DEFAULT 1000000;

ALTER TABLE requests ADD COLUMN markup_millionths INTEGER NOT NULL DEFAULT 1000000;
-- 0 complete, 1 cut for want of money, 2 the client went away, 3 failed, 4 the gateway stopped.
ALTER TABLE requests ADD COLUMN ending INTEGER NOT NULL DEFAULT 0 CHECK (ending BETWEEN 0 AND 4);
-- How often the request was sent to an upstream.
ALTER TABLE requests ADD COLUMN attempts INTEGER NOT NULL DEFAULT 1 CHECK (attempts >= 0);
-- Images that were made.
ALTER TABLE requests ADD COLUMN images INTEGER NOT NULL DEFAULT 0 CHECK (images >= 0);
UPDATE requests SET ending = 4 WHERE usage_source = 3;
CREATE INDEX requests_interrupted ON requests (id) WHERE ending = 4;

-- Attempts whose answer was not the client's. Reason: 1 no connection, 2 connection closed, 3 the status says it.
CREATE TABLE failed_attempts (
    request_id               BLOB    NOT NULL CHECK (length(request_id) = 16),
    number                   INTEGER NOT NULL CHECK (number > 0),
    reason                   INTEGER NOT NULL CHECK (reason BETWEEN 1 AND 3),
    http_status              INTEGER,
    duration_ms              INTEGER NOT NULL,
    PRIMARY KEY (request_id, number),
    CHECK ((reason = 3) = (http_status IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- What management calls that named an Idempotency-Key were answered, so that a repetition is answered the same.
-- The scope is the account that called, 0 the operator.
CREATE TABLE idempotent_calls (
    scope                    INTEGER NOT NULL,
    name                     TEXT    NOT NULL,
    request_digest           BLOB    NOT NULL CHECK (length(request_digest) = 32),
    sealed_answer            BLOB    NOT NULL,
    called_at_ms             INTEGER NOT NULL,
    PRIMARY KEY (scope, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotent_calls_by_time ON idempotent_calls (called_at_ms);

-- Rate cards that were ever in force or will be: the newest whose time has come is.
CREATE TABLE rate_cards (
    id                       INTEGER PRIMARY KEY,
    -- A number that stands for exactly these prices; rows of requests name it.
    version                  INTEGER NOT NULL CHECK (version > 0),
    effective_from_ms        INTEGER NOT NULL,
    -- 1 the file that the gateway was started with, 2 the operator's call.
    origin                   INTEGER NOT NULL CHECK (origin IN (1, 2)),
    card                     TEXT    NOT NULL,
    recorded_at_ms           INTEGER NOT NULL
) STRICT;

-- The newest day that any removed row was counted on: sums of days behind it can still be proven from rows.
CREATE TABLE retention (
    id                       INTEGER PRIMARY KEY CHECK (id = 1),
    last_day                 INTEGER NOT NULL
) STRICT;

INSERT INTO retention (id, last_day) VALUES (1, -1);
