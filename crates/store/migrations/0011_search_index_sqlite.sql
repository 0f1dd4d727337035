-- Which incidents hold which short pieces of text, so that a search reads only those that may match. The normalized words are made
-- anew as well, because normalization changed; both are filled in when the record is opened.
DELETE FROM incident_search;
CREATE VIRTUAL TABLE incident_gram USING fts5 (grams, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii');
