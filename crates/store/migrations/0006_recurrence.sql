-- The same failure again: one incident is the return of another, and the actions that should have prevented it are open again.
CREATE TABLE recurrence (
    incident BIGINT NOT NULL REFERENCES incident (number),
    earlier BIGINT NOT NULL REFERENCES incident (number),
    reason TEXT NOT NULL,
    account TEXT NOT NULL,
    at TEXT NOT NULL,
    PRIMARY KEY (incident, earlier)
);
CREATE INDEX recurrence_earlier ON recurrence (earlier);
ALTER TABLE action ADD COLUMN returned BIGINT NOT NULL DEFAULT 0;
-- What was found in the retro of an incident, by kind and tool: what two incidents have in common.
CREATE TABLE retro_kind (
    incident BIGINT NOT NULL REFERENCES incident (number),
    detector TEXT NOT NULL,
    tool TEXT NOT NULL,
    PRIMARY KEY (incident, detector, tool)
);
CREATE INDEX retro_kind_kind ON retro_kind (detector, tool, incident);
