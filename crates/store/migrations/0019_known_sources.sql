-- Where accounts signed in from: a digest of a network, or of the secret of a browser's cookie. A sign-in from such a place is not slowed by
-- failures from elsewhere. The table names no address; rows that were not used for a long time are removed.
CREATE TABLE known_source (
    account TEXT NOT NULL REFERENCES account (id),
    source TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    PRIMARY KEY (account, source)
);
CREATE INDEX known_source_seen ON known_source (seen_at);
