-- Whom the same failure reached, and what was done about each.
CREATE TABLE affected (
    incident BIGINT NOT NULL REFERENCES incident (number),
    nth BIGINT NOT NULL,
    session TEXT NOT NULL,
    customer TEXT NOT NULL,
    at TEXT NOT NULL,
    quote TEXT NOT NULL,
    status TEXT NOT NULL,
    owner TEXT NOT NULL,
    note TEXT NOT NULL,
    version BIGINT NOT NULL,
    PRIMARY KEY (incident, nth),
    UNIQUE (incident, session, customer)
);
CREATE INDEX affected_status ON affected (incident, status, nth);
