DROP TABLE IF EXISTS orchestrator_mail_copies;
