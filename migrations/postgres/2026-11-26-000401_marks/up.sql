-- Why this instance does not serve: an archive is being read into it, or it was moved elsewhere. Not part of an archive.
CREATE TABLE marks (
    name TEXT PRIMARY KEY CHECK (name IN ('importing', 'retired')),
    at TIMESTAMPTZ NOT NULL
);
