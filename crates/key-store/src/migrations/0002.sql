-- Certificates that the endpoint issued: its authority, the signers of export tokens, and those
-- of key pairs. `sealed` holds the private key, where it is no key of its own.
CREATE TABLE identities (
    name            TEXT NOT NULL PRIMARY KEY,
    version         INTEGER NOT NULL,
    record          TEXT NOT NULL,
    store_key       INTEGER NOT NULL REFERENCES store_keys (number),
    sealed          BLOB NOT NULL,
    valid_until     INTEGER NOT NULL,
    token_algorithm TEXT
) STRICT, WITHOUT ROWID;

-- Holds every identity, for the same purpose as keys_by_state.
CREATE INDEX identities_by_name ON identities (name);
CREATE INDEX identities_by_end ON identities (valid_until, name);
CREATE INDEX identities_by_token ON identities (token_algorithm, valid_until)
    WHERE token_algorithm IS NOT NULL;
