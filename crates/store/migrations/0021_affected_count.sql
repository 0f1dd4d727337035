-- How many of an incident's affected customers have each remedy, so that a page about an incident does not count a long list. All of it
-- follows from the lists and is counted anew when the record is opened and they differ; nothing that is verified rests on it.
CREATE TABLE affected_count (
    incident BIGINT NOT NULL REFERENCES incident (number),
    status TEXT NOT NULL,
    entries BIGINT NOT NULL,
    PRIMARY KEY (incident, status)
);
