-- Near-misses that were looked at, one by one and by the month.
CREATE TABLE near_miss_review (
    incident BIGINT PRIMARY KEY REFERENCES incident (number),
    account TEXT NOT NULL,
    at TEXT NOT NULL,
    note TEXT NOT NULL
);

CREATE TABLE near_miss_month (
    month TEXT PRIMARY KEY,
    account TEXT NOT NULL,
    at TEXT NOT NULL,
    note TEXT NOT NULL
);

CREATE INDEX incident_created ON incident (created_at);
