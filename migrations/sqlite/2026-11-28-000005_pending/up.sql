-- What is about to be done on a decky, written down before it happens: files, mails, openings of mails, shell
-- histories and accounts alike, so that a crash between the action and its rows is mended at the next start.
-- Ours alone; empty whenever nothing is under way. `changes` and `effect` are JSON.
CREATE TABLE IF NOT EXISTS orchestrator_pending (
    uuid VARCHAR NOT NULL,
    container VARCHAR(255) NOT NULL,
    decky_name VARCHAR(128) NOT NULL,
    begun DATETIME NOT NULL,
    changes TEXT NOT NULL,
    effect TEXT NOT NULL,
    PRIMARY KEY (uuid)
);
INSERT OR IGNORE INTO orchestrator_pending
SELECT uuid, container, decky_name, created_at,
    json_array(json_object('path', path, 'expected', json_object('holds', content_hash))),
    json_object('kind', CASE action WHEN 'file:edit' THEN 'edit' ELSE 'create' END, 'file', json_object(
        'id', file_uuid, 'decky', decky_uuid, 'path', path, 'persona', persona, 'class', content_class,
        'created_at', replace(created_at, ' ', 'T') || 'Z', 'last_modified', replace(last_modified, ' ', 'T') || 'Z',
        'edit_count', 0, 'content_hash', content_hash, 'last_body', last_body))
FROM orchestrator_pending_plants;
DROP TABLE orchestrator_pending_plants;
