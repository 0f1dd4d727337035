-- What has to be done later because of a change, put down in the transaction of that change. The key makes that
-- idempotent: whatever is put down twice is there once.
CREATE TABLE job (
    id BIGINT PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    incident BIGINT REFERENCES incident (number),
    subject TEXT NOT NULL,
    data TEXT NOT NULL,
    state TEXT NOT NULL,
    run_at TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    last_error TEXT NOT NULL,
    created_at TEXT NOT NULL,
    finished_at TEXT
);
CREATE INDEX job_state ON job (state, run_at);
CREATE INDEX job_incident ON job (incident, kind);

-- What an account was told by a job. Ids and dates only: its words are made when it is read, by whoever may read it.
CREATE TABLE notice (
    id BIGINT PRIMARY KEY,
    job BIGINT NOT NULL REFERENCES job (id),
    account TEXT NOT NULL REFERENCES account (id),
    at TEXT NOT NULL,
    read_at TEXT,
    UNIQUE (job, account)
);
CREATE INDEX notice_account ON notice (account, id);
