-- Work that is owed, written with the change that causes it.
CREATE TABLE tasks (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    kind TEXT NOT NULL,
    payload TEXT NOT NULL CHECK (json_valid(payload)),
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'dead')),
    -- Not before.
    run_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    -- Nobody else takes the task before lease_until. Who runs it knows the lease; a broker that holds it has none.
    lease BLOB,
    lease_until INTEGER,
    error TEXT,
    -- The kind, where the task comes again: there is one of each.
    recurring_kind TEXT UNIQUE,
    created_at INTEGER NOT NULL,
    finished_at INTEGER
) STRICT;

CREATE INDEX tasks_due ON tasks (run_at) WHERE finished_at IS NULL;
CREATE INDEX tasks_state ON tasks (state, id);
CREATE INDEX tasks_finished ON tasks (finished_at) WHERE finished_at IS NOT NULL;

-- Blobs that somebody is about to refer to, and blobs that are being erased.
CREATE TABLE blob_marks (
    blob TEXT NOT NULL PRIMARY KEY,
    doomed INTEGER NOT NULL CHECK (doomed IN (0, 1)),
    -- Does not hold any more after this.
    until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX blob_marks_until ON blob_marks (until);
