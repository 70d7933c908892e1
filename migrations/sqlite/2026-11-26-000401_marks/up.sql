-- Why this instance does not serve: an archive is being read into it, or it was moved elsewhere. Not part of an archive.
CREATE TABLE marks (
    name TEXT NOT NULL PRIMARY KEY CHECK (name IN ('importing', 'retired')),
    at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
