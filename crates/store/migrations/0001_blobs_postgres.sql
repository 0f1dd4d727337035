-- Evidence of several servers on one PostgreSQL; with SQLite it stands in a folder beside the database.
CREATE TABLE blob (
    id TEXT PRIMARY KEY,
    packed BYTEA NOT NULL
);
