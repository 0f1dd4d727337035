-- The people at a sign-in provider (OpenID Connect) who sign in to an account. The pair of issuer and subject names one person; an email address
-- does not.
CREATE TABLE identity (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    account TEXT NOT NULL REFERENCES account (id),
    linked_at TEXT NOT NULL,
    PRIMARY KEY (issuer, subject),
    UNIQUE (issuer, account)
);
CREATE INDEX identity_account ON identity (account);
-- Sign-ins at the provider that were completed, by a hash of their state, so that none is completed twice. Rows are removed when the state would
-- have expired anyway.
CREATE TABLE used_sign_in (
    key TEXT PRIMARY KEY,
    expires_at TEXT NOT NULL
);
CREATE INDEX used_sign_in_expires_at ON used_sign_in (expires_at);
