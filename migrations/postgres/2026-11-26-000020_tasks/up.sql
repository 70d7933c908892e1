-- Work that is owed, written with the change that causes it.
CREATE TABLE tasks (
    id UUID PRIMARY KEY,
    kind TEXT NOT NULL,
    payload JSONB NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'dead')),
    -- Not before.
    run_at TIMESTAMPTZ NOT NULL,
    attempts INTEGER NOT NULL,
    -- Nobody else takes the task before lease_until. Who runs it knows the lease; a broker that holds it has none.
    lease UUID,
    lease_until TIMESTAMPTZ,
    error TEXT,
    -- The kind, where the task comes again: there is one of each.
    recurring_kind TEXT UNIQUE,
    created_at TIMESTAMPTZ NOT NULL,
    finished_at TIMESTAMPTZ
);

CREATE INDEX tasks_due ON tasks (run_at) WHERE finished_at IS NULL;
CREATE INDEX tasks_state ON tasks (state, id);
CREATE INDEX tasks_finished ON tasks (finished_at) WHERE finished_at IS NOT NULL;

-- Blobs that somebody is about to refer to, and blobs that are being erased.
CREATE TABLE blob_marks (
    blob TEXT COLLATE "C" PRIMARY KEY,
    doomed BOOLEAN NOT NULL,
    -- Does not hold any more after this.
    until TIMESTAMPTZ NOT NULL
);

CREATE INDEX blob_marks_until ON blob_marks (until);
