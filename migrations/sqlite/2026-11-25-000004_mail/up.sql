-- What the worker has to remember of mail. Ours alone: nothing of an existing installation is touched.

-- Copies in people's mailboxes: where they lie, and when their owners open them.
CREATE TABLE IF NOT EXISTS orchestrator_mail_copies (
    email_uuid VARCHAR NOT NULL,
    owner VARCHAR(255) NOT NULL,
    container VARCHAR(255) NOT NULL,
    decky_name VARCHAR(128) NOT NULL,
    path VARCHAR(1024) NOT NULL,
    state VARCHAR(16) NOT NULL,
    due DATETIME,
    PRIMARY KEY (email_uuid, owner)
);
CREATE INDEX IF NOT EXISTS ix_orchestrator_mail_copies_due ON orchestrator_mail_copies (container, state, due);
