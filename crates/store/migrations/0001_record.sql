-- The record, in SQL that SQLite and PostgreSQL both accept. Times are RFC 3339 in UTC with milliseconds, so that their
-- order as texts is their order in time; truth is 0 or 1; documents are JSON.

CREATE TABLE account (
    id TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_at TEXT NOT NULL,
    disabled_at TEXT,
    version BIGINT NOT NULL
);

CREATE TABLE invitation (
    token_hash TEXT PRIMARY KEY,
    role TEXT NOT NULL,
    created_by TEXT,
    created_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    used_at TEXT
);

CREATE TABLE login (
    id TEXT PRIMARY KEY,
    token_hash TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL REFERENCES account (id),
    device TEXT NOT NULL,
    created_at TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    expires_at TEXT NOT NULL
);
CREATE INDEX login_account ON login (account);

CREATE TABLE api_token (
    id TEXT PRIMARY KEY,
    account TEXT NOT NULL REFERENCES account (id),
    name TEXT NOT NULL,
    token_hash TEXT NOT NULL UNIQUE,
    scopes TEXT NOT NULL,
    created_at TEXT NOT NULL,
    expires_at TEXT,
    used_at TEXT,
    revoked_at TEXT
);
CREATE INDEX api_token_account ON api_token (account);

CREATE TABLE counter (
    name TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);
INSERT INTO counter (name, value) VALUES ('incident', 0);

CREATE TABLE incident (
    number BIGINT PRIMARY KEY,
    title TEXT NOT NULL,
    agent TEXT NOT NULL,
    summary TEXT NOT NULL,
    severity BIGINT,
    severity_reason TEXT NOT NULL,
    status TEXT NOT NULL,
    restricted BIGINT NOT NULL,
    ticket TEXT NOT NULL,
    first_response_by TEXT,
    first_response_at TEXT,
    created_by TEXT NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    version BIGINT NOT NULL
);
CREATE INDEX incident_status ON incident (status, number);

CREATE TABLE incident_person (
    incident BIGINT NOT NULL REFERENCES incident (number),
    account TEXT NOT NULL REFERENCES account (id),
    duty TEXT NOT NULL,
    PRIMARY KEY (incident, account, duty)
);
CREATE INDEX incident_person_account ON incident_person (account);

CREATE TABLE incident_moment (
    incident BIGINT NOT NULL REFERENCES incident (number),
    point TEXT NOT NULL,
    at TEXT NOT NULL,
    source TEXT NOT NULL,
    by_name TEXT NOT NULL,
    PRIMARY KEY (incident, point)
);

CREATE TABLE incident_severity (
    incident BIGINT NOT NULL REFERENCES incident (number),
    nth BIGINT NOT NULL,
    level BIGINT,
    reason TEXT NOT NULL,
    account TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (incident, nth)
);

CREATE TABLE incident_tag (
    incident BIGINT NOT NULL REFERENCES incident (number),
    tag TEXT NOT NULL,
    PRIMARY KEY (incident, tag)
);
CREATE INDEX incident_tag_tag ON incident_tag (tag);

CREATE TABLE deadline (
    incident BIGINT NOT NULL REFERENCES incident (number),
    what TEXT NOT NULL,
    due_at TEXT,
    due_text TEXT,
    explanation TEXT NOT NULL,
    met_at TEXT,
    PRIMARY KEY (incident, what)
);
CREATE INDEX deadline_due ON deadline (met_at, due_at);

CREATE TABLE evidence (
    incident BIGINT NOT NULL REFERENCES incident (number),
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    bytes BIGINT NOT NULL,
    masked TEXT NOT NULL,
    added_by TEXT NOT NULL,
    added_at TEXT NOT NULL,
    PRIMARY KEY (incident, id)
);
CREATE INDEX evidence_id ON evidence (id);

CREATE TABLE retro (
    incident BIGINT PRIMARY KEY REFERENCES incident (number),
    state TEXT NOT NULL,
    revision BIGINT NOT NULL,
    draft TEXT NOT NULL,
    submitted_by TEXT,
    submitted_at TEXT,
    approved_by TEXT,
    approved_at TEXT,
    created_at TEXT NOT NULL
);

CREATE TABLE retro_section (
    incident BIGINT NOT NULL REFERENCES retro (incident),
    section TEXT NOT NULL,
    version BIGINT NOT NULL,
    edited_by TEXT,
    edited_at TEXT,
    PRIMARY KEY (incident, section)
);

CREATE TABLE retro_revision (
    incident BIGINT NOT NULL REFERENCES retro (incident),
    revision BIGINT NOT NULL,
    change TEXT NOT NULL,
    reason TEXT NOT NULL,
    account TEXT NOT NULL,
    at TEXT NOT NULL,
    draft TEXT NOT NULL,
    PRIMARY KEY (incident, revision)
);

CREATE TABLE waiver (
    incident BIGINT NOT NULL REFERENCES retro (incident),
    rule TEXT NOT NULL,
    reason TEXT NOT NULL,
    account TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (incident, rule)
);

CREATE TABLE action (
    incident BIGINT NOT NULL REFERENCES incident (number),
    id TEXT NOT NULL,
    category TEXT NOT NULL,
    title TEXT NOT NULL,
    owner TEXT NOT NULL,
    due TEXT,
    question TEXT NOT NULL,
    finding TEXT NOT NULL,
    verification TEXT NOT NULL,
    state TEXT NOT NULL,
    proof_kind TEXT,
    proof_reference TEXT,
    waiver TEXT,
    closed_by TEXT,
    closed_at TEXT,
    live BIGINT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (incident, id)
);
CREATE INDEX action_state ON action (live, state, due);

CREATE TABLE event (
    seq BIGINT PRIMARY KEY,
    at TEXT NOT NULL,
    account TEXT NOT NULL,
    kind TEXT NOT NULL,
    incident BIGINT,
    subject TEXT NOT NULL,
    data TEXT NOT NULL
);
CREATE INDEX event_incident ON event (incident, seq);

CREATE TABLE audit (
    seq BIGINT PRIMARY KEY,
    at TEXT NOT NULL,
    account TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    digest TEXT NOT NULL,
    hash TEXT NOT NULL
);

CREATE TABLE audit_head (
    id BIGINT PRIMARY KEY,
    seq BIGINT NOT NULL,
    hash TEXT NOT NULL
);
INSERT INTO audit_head (id, seq, hash) VALUES (1, 0, '');

CREATE TABLE idempotency (
    key_hash TEXT PRIMARY KEY,
    request_hash TEXT NOT NULL,
    status BIGINT NOT NULL,
    location TEXT NOT NULL,
    body TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE INDEX idempotency_at ON idempotency (at);
