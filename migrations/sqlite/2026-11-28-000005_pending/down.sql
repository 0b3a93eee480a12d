DROP TABLE orchestrator_pending;
CREATE TABLE IF NOT EXISTS orchestrator_pending_plants (
    uuid VARCHAR NOT NULL,
    container VARCHAR(255) NOT NULL,
    decky_name VARCHAR(128) NOT NULL,
    action VARCHAR(64) NOT NULL,
    file_uuid VARCHAR NOT NULL,
    decky_uuid VARCHAR(64) NOT NULL,
    path VARCHAR(512) NOT NULL,
    persona VARCHAR(128) NOT NULL,
    content_class VARCHAR(32) NOT NULL,
    created_at DATETIME NOT NULL,
    last_modified DATETIME NOT NULL,
    content_hash VARCHAR(64) NOT NULL,
    last_body TEXT NOT NULL,
    PRIMARY KEY (uuid)
);
