-- Keys that seal records, each wrapped by the root key.
CREATE TABLE store_keys (
    number      INTEGER NOT NULL PRIMARY KEY,
    root_key_id BLOB NOT NULL,
    wrapped     BLOB NOT NULL
) STRICT;

-- In each table of records, `record` is JSON, in which a
-- control character stands for a phrase that all have, and `sealed` holds the secret and authenticates
-- name, version and record under the store key named. The columns after it repeat something of
-- the record for queries.
CREATE TABLE keys (
    arn        TEXT NOT NULL PRIMARY KEY,
    version    INTEGER NOT NULL,
    record     TEXT NOT NULL,
    store_key  INTEGER NOT NULL REFERENCES store_keys (number),
    sealed     BLOB NOT NULL,
    state      TEXT NOT NULL,
    delete_due INTEGER
) STRICT, WITHOUT ROWID;

-- Holds every key, and so also tells a key that is missing from the table from one that never was.
CREATE INDEX keys_by_state ON keys (state, arn);
CREATE INDEX keys_by_due ON keys (delete_due, arn) WHERE state = 'DELETE_PENDING';

CREATE TABLE aliases (
    name      TEXT NOT NULL PRIMARY KEY,
    version   INTEGER NOT NULL,
    record    TEXT NOT NULL,
    store_key INTEGER NOT NULL REFERENCES store_keys (number),
    sealed    BLOB NOT NULL,
    target    TEXT REFERENCES keys (arn)
) STRICT, WITHOUT ROWID;

-- Holds every alias, for the same purpose as keys_by_state.
CREATE INDEX aliases_by_name ON aliases (name);
CREATE INDEX aliases_by_target ON aliases (target, name) WHERE target IS NOT NULL;

CREATE TABLE credentials (
    access_key_id TEXT NOT NULL PRIMARY KEY,
    version       INTEGER NOT NULL,
    record        TEXT NOT NULL,
    store_key     INTEGER NOT NULL REFERENCES store_keys (number),
    sealed        BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX credentials_by_id ON credentials (access_key_id);
