-- Terms of service and flags of requests, and quantities by dimension.

-- The service tier that was served: 0 standard, 1 flex, 2 priority, 3 batch, 15 unknown.
ALTER TABLE requests ADD COLUMN service_tier INTEGER NOT NULL DEFAULT 0 CHECK (service_tier BETWEEN 0 AND 15);
-- 1: the request was kept in the region that costs more.
ALTER TABLE requests ADD COLUMN is_resident INTEGER NOT NULL DEFAULT 0 CHECK (is_resident IN (0, 1));
-- 1: the model ran at the speed that costs more.
ALTER TABLE requests ADD COLUMN is_fast INTEGER NOT NULL DEFAULT 0 CHECK (is_fast IN (0, 1));
-- Size and quality of generated pictures, such as '1024x1024/high', where prices depend on them.
ALTER TABLE requests ADD COLUMN picture_form TEXT;
-- One bit for each doubt about the usage.
ALTER TABLE requests ADD COLUMN usage_flags INTEGER NOT NULL DEFAULT 0 CHECK (usage_flags >= 0);
-- The rules by which the cost was computed; 0 stands for those before this migration.
ALTER TABLE requests ADD COLUMN cost_rules INTEGER NOT NULL DEFAULT 0 CHECK (cost_rules >= 0);

-- Quantities of dimensions that have no column in requests, such as audio and searches. Most requests have none. Dimensions
-- 0 to 5 are the columns: input, output, cache reads, both cache writes, images.
CREATE TABLE request_dimensions (
    row_id                   INTEGER NOT NULL REFERENCES requests (id),
    dimension                INTEGER NOT NULL CHECK (dimension > 5),
    quantity                 INTEGER NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (row_id, dimension)
) STRICT, WITHOUT ROWID;

-- Tokens of all dimensions: 6 and 8 are input, 7 and 9 are output.
CREATE VIEW requests_with_tokens AS
SELECT requests.*,
    input_tokens + cache_read_tokens + cache_write_5m_tokens + cache_write_1h_tokens + COALESCE((
        SELECT SUM(quantity) FROM request_dimensions WHERE row_id = requests.id AND dimension IN (6, 8)
    ), 0) AS all_input_tokens,
    output_tokens + COALESCE((
        SELECT SUM(quantity) FROM request_dimensions WHERE row_id = requests.id AND dimension IN (7, 9)
    ), 0) AS all_output_tokens
FROM requests;

-- Sums of the same quantities, beside the sums of rows by day, week and hour.
CREATE TABLE dimensions_by_key_day (
    key_id                   INTEGER NOT NULL REFERENCES keys (id),
    day                      INTEGER NOT NULL,
    model_id                 INTEGER NOT NULL REFERENCES models (id),
    dimension                INTEGER NOT NULL CHECK (dimension > 5),
    quantity                 INTEGER NOT NULL,
    PRIMARY KEY (key_id, day, model_id, dimension)
) STRICT, WITHOUT ROWID;

CREATE TABLE dimensions_by_key_week (
    key_id                   INTEGER NOT NULL REFERENCES keys (id),
    first_day                INTEGER NOT NULL CHECK ((first_day + 3) % 7 = 0),
    model_id                 INTEGER NOT NULL REFERENCES models (id),
    dimension                INTEGER NOT NULL CHECK (dimension > 5),
    quantity                 INTEGER NOT NULL,
    PRIMARY KEY (key_id, first_day, model_id, dimension)
) STRICT, WITHOUT ROWID;

CREATE TABLE dimensions_by_model_hour (
    account_id               INTEGER NOT NULL REFERENCES accounts (id),
    hour                     INTEGER NOT NULL,
    model_id                 INTEGER NOT NULL REFERENCES models (id),
    dimension                INTEGER NOT NULL CHECK (dimension > 5),
    quantity                 INTEGER NOT NULL,
    PRIMARY KEY (account_id, hour, model_id, dimension)
) STRICT, WITHOUT ROWID;

-- Quantities of rows that retention has removed.
CREATE TABLE dropped_dimensions (
    key_id                   INTEGER NOT NULL REFERENCES keys (id),
    dimension                INTEGER NOT NULL CHECK (dimension > 5),
    quantity                 INTEGER NOT NULL,
    PRIMARY KEY (key_id, dimension)
) STRICT, WITHOUT ROWID;
