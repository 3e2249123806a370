-- How an account's pages look to its clients. An account without anything of its own has no row.
CREATE TABLE brands (
    account_id               INTEGER PRIMARY KEY REFERENCES accounts (id),
    name                     TEXT,
    -- A data: URL.
    logo                     TEXT,
    -- #rrggbb
    colour                   TEXT    CHECK (length(colour) = 7),
    contact                  TEXT,
    top_up                   TEXT,
    -- 1 English, 2 Chinese; null is the browser's.
    language                 INTEGER CHECK (language IN (1, 2))
) STRICT;
