-- Certificates that the endpoint issued: its authority, the signers of export tokens, and those
-- of key pairs. `sealed` holds the private key, where it is no key of its own.
CREATE TABLE identities (
    name            TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    version         BIGINT NOT NULL,
    record          TEXT NOT NULL,
    store_key       BIGINT NOT NULL REFERENCES store_keys (number),
    sealed          BYTEA NOT NULL,
    valid_until     BIGINT NOT NULL,
    token_algorithm TEXT
);

CREATE INDEX identities_by_end ON identities (valid_until, name);
CREATE INDEX identities_by_token ON identities (token_algorithm, valid_until);
