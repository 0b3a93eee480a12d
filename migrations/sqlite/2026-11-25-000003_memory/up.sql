-- What the worker has to remember. Ours alone: nothing of an existing installation is touched.

-- Where the worlds of this installation come from: one row.
CREATE TABLE IF NOT EXISTS orchestrator_origin (
    id INTEGER NOT NULL,
    seed VARCHAR(20) NOT NULL,
    began DATETIME NOT NULL,
    PRIMARY KEY (id)
);

-- Files that somebody else has changed or removed: never written again.
CREATE TABLE IF NOT EXISTS orchestrator_file_marks (
    file_uuid VARCHAR NOT NULL,
    mark VARCHAR(16) NOT NULL,
    marked_at DATETIME NOT NULL,
    PRIMARY KEY (file_uuid)
);

-- The keys that people log in with from one decky to another.
CREATE TABLE IF NOT EXISTS orchestrator_session_keys (
    login VARCHAR(128) NOT NULL,
    private_key TEXT NOT NULL,
    public_key TEXT NOT NULL,
    PRIMARY KEY (login)
);
