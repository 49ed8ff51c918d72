-- Keys that seal records, each wrapped by the root key.
CREATE TABLE store_keys (
    number      BIGINT NOT NULL PRIMARY KEY,
    root_key_id BYTEA NOT NULL,
    wrapped     BYTEA NOT NULL
);

-- In each table of records, `record` is JSON, in which a
-- control character stands for a phrase that all have, and `sealed` holds the secret and authenticates
-- name, version and record under the store key named. The columns after it repeat something of
-- the record for queries. Names are in the order of their bytes, whatever the database's language.
CREATE TABLE keys (
    arn        TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    version    BIGINT NOT NULL,
    record     TEXT NOT NULL,
    store_key  BIGINT NOT NULL REFERENCES store_keys (number),
    sealed     BYTEA NOT NULL,
    state      TEXT NOT NULL,
    delete_due BIGINT
);

CREATE INDEX keys_by_state ON keys (state, arn);
CREATE INDEX keys_by_due ON keys (state, delete_due);

CREATE TABLE aliases (
    name      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    version   BIGINT NOT NULL,
    record    TEXT NOT NULL,
    store_key BIGINT NOT NULL REFERENCES store_keys (number),
    sealed    BYTEA NOT NULL,
    target    TEXT COLLATE "C" REFERENCES keys (arn)
);

CREATE INDEX aliases_by_target ON aliases (target, name);

CREATE TABLE credentials (
    access_key_id TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    version       BIGINT NOT NULL,
    record        TEXT NOT NULL,
    store_key     BIGINT NOT NULL REFERENCES store_keys (number),
    sealed        BYTEA NOT NULL
);
