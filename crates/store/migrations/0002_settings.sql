-- What all servers of one record share, such as the key that masks are made with.
CREATE TABLE setting (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
