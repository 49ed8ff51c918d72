-- How many transactions were committed: one row, which each of them changes. So a file that lost some
-- of them, for instance with a damaged end of its log, is told from one that is as it was left.
CREATE TABLE commits (
    number INTEGER NOT NULL
) STRICT;

INSERT INTO commits (number) VALUES (0);
