R"sql(
-- An event's lanes are known only once it is decided; what was set aside before it is found by its patient.
ALTER TABLE pending_run ADD COLUMN patient bigint NOT NULL DEFAULT 0;
CREATE INDEX pending_run_patient ON pending_run (patient) WHERE patient <> 0;
)sql"
