-- The words that search looks through, folded by the program, so that both databases find the same. Rows that are missing
-- are made when the record is opened.
CREATE TABLE incident_search (
    incident BIGINT PRIMARY KEY REFERENCES incident (number),
    own TEXT NOT NULL,
    retro TEXT NOT NULL
);
