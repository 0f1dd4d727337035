-- The newest digest of each part of the record, and the event that has it, so that a change finds what it compares the part with. All of it
-- follows from the audit log; if the table is empty, it is made anew when the record is opened. Nothing that is verified rests on it.
CREATE TABLE audit_part (
    key TEXT PRIMARY KEY,
    seq BIGINT NOT NULL,
    digest TEXT NOT NULL
);
