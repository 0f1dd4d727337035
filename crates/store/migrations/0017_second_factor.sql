-- The second factor of an account: a secret that its person's authenticator app has as well (TOTP, RFC 6238). The server computes codes with it,
-- so that it cannot be hashed. It counts once it is confirmed; `step` is the newest step of 30 seconds whose code was accepted.
CREATE TABLE second_factor (
    account TEXT PRIMARY KEY REFERENCES account (id),
    secret TEXT NOT NULL,
    created_at TEXT NOT NULL,
    confirmed_at TEXT,
    step BIGINT NOT NULL
);

-- Codes for a person who does not have the app at hand, by their hashes. Each is good once.
CREATE TABLE recovery_code (
    code_hash TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (id),
    created_at TEXT NOT NULL,
    used_at TEXT
);
CREATE INDEX recovery_code_account ON recovery_code (account);

-- Browsers that gave the right password and not yet the code. Rows are of use for minutes.
CREATE TABLE pending_sign_in (
    token_hash TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (id),
    expires_at TEXT NOT NULL
);
CREATE INDEX pending_sign_in_account ON pending_sign_in (account);
CREATE INDEX pending_sign_in_expires_at ON pending_sign_in (expires_at);

-- How the browser was signed in: 'password', 'code' (a password and a code), 'provider' or 'link'. Until now it was not kept.
ALTER TABLE login ADD COLUMN means TEXT NOT NULL DEFAULT 'password';
