-- Digests of what an event changed, as JSON: which part of the record, and the SHA-256 of its rows after the change. Empty in events from
-- before, and in events that change nothing that is covered.
ALTER TABLE audit ADD COLUMN state TEXT NOT NULL DEFAULT '';
