-- A waiver covers the faults that it names, as JSON; one from before names none, so that it covers nothing.
ALTER TABLE waiver ADD COLUMN faults TEXT NOT NULL DEFAULT '[]';
-- The severity whose duties apply: the highest one since the incident was opened, until an approver confirms a lower one. What is
-- closed already keeps the severity that it was closed with.
ALTER TABLE incident ADD COLUMN duties BIGINT;
UPDATE incident SET duties = CASE WHEN status = 'closed' THEN severity
    ELSE (SELECT MIN(s.level) FROM incident_severity s WHERE s.incident = incident.number) END;
