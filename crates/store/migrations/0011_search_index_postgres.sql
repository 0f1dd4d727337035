-- Which incidents hold which short pieces of text, so that a search reads only those that may match. The normalized words are made
-- anew as well, because normalization changed; both are filled in when the record is opened.
DELETE FROM incident_search;
ALTER TABLE incident_search ADD COLUMN grams TSVECTOR NOT NULL;
-- A search reads the list of pending entries from end to end, so it stays short (in kilobytes).
CREATE INDEX incident_search_gram ON incident_search USING gin (grams) WITH (gin_pending_list_limit = 128);
