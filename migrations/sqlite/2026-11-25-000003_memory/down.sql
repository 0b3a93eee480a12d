DROP TABLE IF EXISTS orchestrator_session_keys;
DROP TABLE IF EXISTS orchestrator_file_marks;
DROP TABLE IF EXISTS orchestrator_origin;
