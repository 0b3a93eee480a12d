-- The tables other programs share with this one (shared contract, section 2), as an existing installation has them.
-- Adopts such a database: creates what is missing, changes nothing that is there, loses no row.
-- Foreign keys to tables that belong to other programs are left out, so that a database of our own stands alone.

CREATE TABLE IF NOT EXISTS topologies (
    id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    mode VARCHAR(16) NOT NULL,
    target_host_uuid VARCHAR,
    config_snapshot TEXT NOT NULL,
    status VARCHAR(32) NOT NULL,
    status_changed_at DATETIME NOT NULL,
    created_at DATETIME NOT NULL,
    version INTEGER NOT NULL,
    needs_resync BOOLEAN NOT NULL,
    email_personas TEXT NOT NULL,
    language_default VARCHAR(8) NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX IF NOT EXISTS ix_topologies_created_at ON topologies (created_at);
CREATE UNIQUE INDEX IF NOT EXISTS ix_topologies_name ON topologies (name);
CREATE INDEX IF NOT EXISTS ix_topologies_status ON topologies (status);
CREATE INDEX IF NOT EXISTS ix_topologies_target_host_uuid ON topologies (target_host_uuid);

CREATE TABLE IF NOT EXISTS topology_deckies (
    uuid VARCHAR NOT NULL,
    topology_id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    services TEXT NOT NULL,
    decky_config TEXT,
    ip VARCHAR,
    state VARCHAR(32) NOT NULL,
    last_error TEXT,
    compose_hash VARCHAR,
    last_seen DATETIME,
    updated_at DATETIME NOT NULL,
    x FLOAT,
    y FLOAT,
    PRIMARY KEY (uuid),
    FOREIGN KEY(topology_id) REFERENCES topologies (id),
    CONSTRAINT uq_topology_decky_name UNIQUE (topology_id, name)
);
CREATE INDEX IF NOT EXISTS ix_topology_deckies_state ON topology_deckies (state);
CREATE INDEX IF NOT EXISTS ix_topology_deckies_topology_id ON topology_deckies (topology_id);

CREATE TABLE IF NOT EXISTS fleet_deckies (
    host_uuid VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    services TEXT NOT NULL,
    decky_config TEXT,
    decky_ip VARCHAR,
    state VARCHAR NOT NULL,
    last_error TEXT,
    compose_hash VARCHAR,
    last_seen DATETIME,
    updated_at DATETIME NOT NULL,
    PRIMARY KEY (host_uuid, name)
);
CREATE INDEX IF NOT EXISTS ix_fleet_deckies_host_uuid ON fleet_deckies (host_uuid);
CREATE INDEX IF NOT EXISTS ix_fleet_deckies_state ON fleet_deckies (state);

CREATE TABLE IF NOT EXISTS decky_shards (
    decky_name VARCHAR NOT NULL,
    host_uuid VARCHAR NOT NULL,
    services TEXT NOT NULL,
    decky_config TEXT,
    decky_ip VARCHAR,
    state VARCHAR NOT NULL,
    last_error TEXT,
    compose_hash VARCHAR,
    last_seen DATETIME,
    updated_at DATETIME NOT NULL,
    PRIMARY KEY (decky_name)
);
CREATE INDEX IF NOT EXISTS ix_decky_shards_host_uuid ON decky_shards (host_uuid);
CREATE INDEX IF NOT EXISTS ix_decky_shards_state ON decky_shards (state);

CREATE TABLE IF NOT EXISTS synthetic_files (
    uuid VARCHAR NOT NULL,
    decky_uuid VARCHAR(64) NOT NULL,
    path VARCHAR(512) NOT NULL,
    persona VARCHAR(128) NOT NULL,
    content_class VARCHAR(32) NOT NULL,
    created_at DATETIME NOT NULL,
    last_modified DATETIME NOT NULL,
    edit_count INTEGER NOT NULL,
    content_hash VARCHAR(64) NOT NULL,
    last_body TEXT NOT NULL,
    PRIMARY KEY (uuid),
    CONSTRAINT uq_synthetic_files_decky_path UNIQUE (decky_uuid, path)
);
CREATE INDEX IF NOT EXISTS ix_synthetic_files_content_class ON synthetic_files (content_class);
CREATE INDEX IF NOT EXISTS ix_synthetic_files_created_at ON synthetic_files (created_at);
CREATE INDEX IF NOT EXISTS ix_synthetic_files_decky_modified ON synthetic_files (decky_uuid, last_modified);
CREATE INDEX IF NOT EXISTS ix_synthetic_files_decky_uuid ON synthetic_files (decky_uuid);

CREATE TABLE IF NOT EXISTS realism_config (
    uuid VARCHAR NOT NULL,
    "key" VARCHAR(64) NOT NULL,
    value TEXT NOT NULL,
    updated_at DATETIME NOT NULL,
    PRIMARY KEY (uuid)
);
CREATE UNIQUE INDEX IF NOT EXISTS ix_realism_config_key ON realism_config ("key");

CREATE TABLE IF NOT EXISTS orchestrator_events (
    uuid VARCHAR NOT NULL,
    ts DATETIME NOT NULL,
    kind VARCHAR(16) NOT NULL,
    protocol VARCHAR(16) NOT NULL,
    action VARCHAR(64) NOT NULL,
    src_decky_uuid VARCHAR,
    dst_decky_uuid VARCHAR NOT NULL,
    success BOOLEAN NOT NULL,
    payload TEXT NOT NULL,
    PRIMARY KEY (uuid)
);
CREATE INDEX IF NOT EXISTS ix_orchestrator_events_dst_decky_uuid ON orchestrator_events (dst_decky_uuid);
CREATE INDEX IF NOT EXISTS ix_orchestrator_events_dst_ts ON orchestrator_events (dst_decky_uuid, ts);
CREATE INDEX IF NOT EXISTS ix_orchestrator_events_kind ON orchestrator_events (kind);
CREATE INDEX IF NOT EXISTS ix_orchestrator_events_protocol ON orchestrator_events (protocol);
CREATE INDEX IF NOT EXISTS ix_orchestrator_events_src_decky_uuid ON orchestrator_events (src_decky_uuid);
CREATE INDEX IF NOT EXISTS ix_orchestrator_events_success ON orchestrator_events (success);
CREATE INDEX IF NOT EXISTS ix_orchestrator_events_ts ON orchestrator_events (ts);

CREATE TABLE IF NOT EXISTS orchestrator_emails (
    uuid VARCHAR NOT NULL,
    ts DATETIME NOT NULL,
    mail_decky_uuid VARCHAR NOT NULL,
    thread_id VARCHAR NOT NULL,
    message_id VARCHAR(255) NOT NULL,
    in_reply_to VARCHAR(255),
    sender_email VARCHAR(255) NOT NULL,
    recipient_email VARCHAR(255) NOT NULL,
    subject VARCHAR(512) NOT NULL,
    language VARCHAR(8) NOT NULL,
    eml_path VARCHAR(1024) NOT NULL,
    success BOOLEAN NOT NULL,
    payload TEXT NOT NULL,
    PRIMARY KEY (uuid)
);
CREATE INDEX IF NOT EXISTS ix_orchestrator_emails_mail_decky_uuid ON orchestrator_emails (mail_decky_uuid);
CREATE INDEX IF NOT EXISTS ix_orchestrator_emails_mail_ts ON orchestrator_emails (mail_decky_uuid, ts);
CREATE INDEX IF NOT EXISTS ix_orchestrator_emails_recipient_email ON orchestrator_emails (recipient_email);
CREATE INDEX IF NOT EXISTS ix_orchestrator_emails_sender_email ON orchestrator_emails (sender_email);
CREATE INDEX IF NOT EXISTS ix_orchestrator_emails_success ON orchestrator_emails (success);
CREATE INDEX IF NOT EXISTS ix_orchestrator_emails_thread ON orchestrator_emails (thread_id);
CREATE INDEX IF NOT EXISTS ix_orchestrator_emails_thread_id ON orchestrator_emails (thread_id);
CREATE INDEX IF NOT EXISTS ix_orchestrator_emails_ts ON orchestrator_emails (ts);

CREATE TABLE IF NOT EXISTS canary_blobs (
    uuid VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    filename VARCHAR NOT NULL,
    content_type VARCHAR NOT NULL,
    size_bytes INTEGER NOT NULL,
    uploaded_by VARCHAR NOT NULL,
    uploaded_at DATETIME NOT NULL,
    PRIMARY KEY (uuid)
);
CREATE UNIQUE INDEX IF NOT EXISTS ix_canary_blobs_sha256 ON canary_blobs (sha256);
CREATE INDEX IF NOT EXISTS ix_canary_blobs_uploaded_by ON canary_blobs (uploaded_by);

CREATE TABLE IF NOT EXISTS canary_tokens (
    uuid VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    decky_name VARCHAR NOT NULL,
    topology_id VARCHAR,
    blob_uuid VARCHAR,
    instrumenter VARCHAR,
    generator VARCHAR,
    placement_path VARCHAR NOT NULL,
    callback_token VARCHAR NOT NULL,
    secret_seed VARCHAR NOT NULL,
    placed_at DATETIME NOT NULL,
    last_triggered_at DATETIME,
    trigger_count INTEGER NOT NULL,
    created_by VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    last_error TEXT,
    fingerprint_nonce VARCHAR(16),
    PRIMARY KEY (uuid),
    FOREIGN KEY(blob_uuid) REFERENCES canary_blobs (uuid)
);
CREATE INDEX IF NOT EXISTS ix_canary_tokens_blob_uuid ON canary_tokens (blob_uuid);
CREATE UNIQUE INDEX IF NOT EXISTS ix_canary_tokens_callback_token ON canary_tokens (callback_token);
CREATE INDEX IF NOT EXISTS ix_canary_tokens_created_by ON canary_tokens (created_by);
CREATE INDEX IF NOT EXISTS ix_canary_tokens_decky ON canary_tokens (decky_name, state);
CREATE INDEX IF NOT EXISTS ix_canary_tokens_decky_name ON canary_tokens (decky_name);
CREATE INDEX IF NOT EXISTS ix_canary_tokens_kind ON canary_tokens (kind);
CREATE INDEX IF NOT EXISTS ix_canary_tokens_last_triggered_at ON canary_tokens (last_triggered_at);
CREATE INDEX IF NOT EXISTS ix_canary_tokens_state ON canary_tokens (state);
CREATE INDEX IF NOT EXISTS ix_canary_tokens_topology_id ON canary_tokens (topology_id);

CREATE TABLE IF NOT EXISTS canary_triggers (
    uuid VARCHAR NOT NULL,
    token_uuid VARCHAR NOT NULL,
    occurred_at DATETIME NOT NULL,
    src_ip VARCHAR NOT NULL,
    user_agent VARCHAR,
    request_path VARCHAR,
    dns_qname VARCHAR,
    raw_headers TEXT NOT NULL,
    attacker_id VARCHAR,
    PRIMARY KEY (uuid),
    FOREIGN KEY(token_uuid) REFERENCES canary_tokens (uuid)
);
CREATE INDEX IF NOT EXISTS ix_canary_triggers_attacker ON canary_triggers (attacker_id);
CREATE INDEX IF NOT EXISTS ix_canary_triggers_attacker_id ON canary_triggers (attacker_id);
CREATE INDEX IF NOT EXISTS ix_canary_triggers_src_ip ON canary_triggers (src_ip);
CREATE INDEX IF NOT EXISTS ix_canary_triggers_token_ts ON canary_triggers (token_uuid, occurred_at);
CREATE INDEX IF NOT EXISTS ix_canary_triggers_token_uuid ON canary_triggers (token_uuid);
