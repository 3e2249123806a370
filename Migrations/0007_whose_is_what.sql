-- Objects of the upstream with the keys that may name them, and what follows a violation of the upstream's policies.

-- Objects that upstreams store: responses, conversations, items, containers, files. They belong to the upstream account, so
-- that whoever knows an identifier could read them. A key can only name those whose identifiers it was given.
CREATE TABLE upstream_objects (
    key_id                   INTEGER NOT NULL REFERENCES keys (id),
    -- Keyed digest of the protocol and the identifier.
    digest                   INTEGER NOT NULL,
    -- The model whose answer gave it.
    model_id                 INTEGER NOT NULL REFERENCES models (id),
    given_at_ms              INTEGER NOT NULL,
    PRIMARY KEY (key_id, digest)
) STRICT, WITHOUT ROWID;

-- Retention removes the oldest first.
CREATE INDEX upstream_objects_by_time ON upstream_objects (given_at_ms, key_id, digest);

-- When an upstream says that a request violates its policies: 1 nothing follows, 2 the key is disabled.
ALTER TABLE accounts ADD COLUMN policy_error INTEGER NOT NULL DEFAULT 1 CHECK (policy_error IN (1, 2));

-- Client keys that are disabled because of such an error, until they are enabled again.
CREATE TABLE policy_holds (
    key_id                   INTEGER PRIMARY KEY REFERENCES keys (id),
    request_id               BLOB    NOT NULL CHECK (length(request_id) = 16),
    held_at_ms               INTEGER NOT NULL
) STRICT;
