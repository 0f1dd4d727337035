-- Emergency access: an administrator reads a restricted incident that does not name them, until a time or until somebody ends it.
CREATE TABLE emergency_access (
    id BIGINT PRIMARY KEY,
    incident BIGINT NOT NULL REFERENCES incident (number),
    account TEXT NOT NULL REFERENCES account (id),
    reason TEXT NOT NULL,
    opened_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    ended_at TEXT,
    ended_by TEXT,
    ending TEXT
);
CREATE INDEX emergency_access_incident ON emergency_access (incident);
CREATE INDEX emergency_access_account ON emergency_access (account);
