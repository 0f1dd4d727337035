-- Attempts to sign in, counted for all servers on the record: one row for each source, and for each account and source. The key is a hash, so
-- that the table names nobody. Attempts are those since a time; rows whose time is over are removed.
CREATE TABLE sign_in_attempt (
    key TEXT PRIMARY KEY,
    since TEXT NOT NULL,
    attempts BIGINT NOT NULL
);
CREATE INDEX sign_in_attempt_since ON sign_in_attempt (since);
