R"sql(
CREATE SEQUENCE record_id INCREMENT 1000;
CREATE SEQUENCE message_number;

CREATE TABLE journal (
  message bigint PRIMARY KEY,
  arrived timestamptz NOT NULL,
  kind text NOT NULL,
  inlet text NOT NULL,
  peer text NOT NULL,
  bytes bytea NOT NULL,
  outcome text NOT NULL,
  control_id_reused boolean NOT NULL
);
CREATE INDEX journal_arrived ON journal (arrived);

-- Who sent what, for seven days: the same bytes get the same answer.
CREATE TABLE journal_key (
  sender bigint NOT NULL,
  bytes_hash bytea NOT NULL,
  message bigint NOT NULL,
  arrived timestamptz NOT NULL,
  receipt text NOT NULL,
  took_effect boolean NOT NULL,
  PRIMARY KEY (sender, bytes_hash)
);

CREATE TABLE trace (message bigint PRIMARY KEY, trace text NOT NULL);

CREATE TABLE change (
  message bigint NOT NULL,
  record text NOT NULL,
  id bigint NOT NULL,
  action text NOT NULL,
  evidence text NOT NULL
);
CREATE INDEX change_message ON change (message);
CREATE INDEX change_record ON change (record, id);

CREATE TABLE patient (
  id bigint PRIMARY KEY,
  name text NOT NULL,
  birth_date text NOT NULL,
  sex text NOT NULL,
  address text NOT NULL,
  merged_into bigint REFERENCES patient
);
CREATE TABLE patient_identifier (
  authority text NOT NULL,
  value text NOT NULL,
  type text NOT NULL,
  patient bigint NOT NULL REFERENCES patient,
  position integer NOT NULL,
  PRIMARY KEY (authority, value)
);
CREATE INDEX patient_identifier_patient ON patient_identifier (patient, position);

CREATE TABLE imaging_order (
  id bigint PRIMARY KEY,
  patient bigint NOT NULL REFERENCES patient,
  placer text NOT NULL, placer_authority text NOT NULL,
  filler text NOT NULL, filler_authority text NOT NULL,
  accession text NOT NULL, accession_authority text NOT NULL,
  study_uid text NOT NULL,
  requested_procedure_id text NOT NULL
);
CREATE UNIQUE INDEX imaging_order_placer ON imaging_order (placer, placer_authority) WHERE placer <> '';
CREATE UNIQUE INDEX imaging_order_filler ON imaging_order (filler, filler_authority) WHERE filler <> '';
CREATE INDEX imaging_order_accession ON imaging_order (accession, accession_authority);
CREATE INDEX imaging_order_study ON imaging_order (study_uid);
CREATE INDEX imaging_order_patient ON imaging_order (patient);

CREATE TABLE scheduled_step (
  id bigint PRIMARY KEY,
  imaging_order bigint NOT NULL REFERENCES imaging_order,
  step_id text NOT NULL,
  status text NOT NULL,
  modality text NOT NULL,
  stations text[] NOT NULL,
  start_date text NOT NULL,
  start_time text NOT NULL,
  performing_physician text NOT NULL,
  item text NOT NULL,
  UNIQUE (imaging_order, step_id)
);
CREATE INDEX scheduled_step_list ON scheduled_step (modality, start_date, start_time)
  WHERE status IN ('SCHEDULED', 'ARRIVED', 'READY');
CREATE INDEX scheduled_step_start ON scheduled_step (start_date, start_time);
)sql"
