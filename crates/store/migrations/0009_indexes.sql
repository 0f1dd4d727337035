-- What the first page and the board ask for, in the order in which they show it: without these, each visit sorts everything that is open.
DROP INDEX deadline_due;
DROP INDEX action_state;
CREATE INDEX deadline_open ON deadline (due_at, incident, what) WHERE met_at IS NULL;
CREATE INDEX action_open ON action ((COALESCE(due, '9999')), incident DESC, id) WHERE live = 1 AND state IN ('open', 'in_progress');
CREATE INDEX action_over ON action (closed_at DESC, incident DESC, id) WHERE live = 1 AND state IN ('closed', 'dropped');
CREATE INDEX incident_mix ON incident (restricted, severity, status);
