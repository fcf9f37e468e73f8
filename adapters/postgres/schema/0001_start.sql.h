R"sql(
CREATE SEQUENCE record_id INCREMENT 1000;
CREATE SEQUENCE message_number;
CREATE SEQUENCE parcel_number;
CREATE SEQUENCE parcel_lease;

CREATE TABLE journal (
  message bigint PRIMARY KEY,
  arrived timestamptz NOT NULL,
  kind text NOT NULL,
  inlet text NOT NULL,
  peer text NOT NULL,
  bytes bytea NOT NULL,
  outcome text NOT NULL,
  control_id_reused boolean NOT NULL,
  attributes text NOT NULL  -- JSON: what came beside the bytes
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

-- One entry for each time the message was decided: a run that starts again adds one.
CREATE TABLE trace (
  message bigint NOT NULL,
  entry bigint GENERATED ALWAYS AS IDENTITY,
  trace text NOT NULL,
  PRIMARY KEY (message, entry)
);

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
CREATE INDEX patient_merged ON patient (merged_into) WHERE merged_into IS NOT NULL;
CREATE TABLE patient_identifier (
  authority text NOT NULL,
  value text NOT NULL,
  type text NOT NULL,
  patient bigint NOT NULL REFERENCES patient,
  position integer NOT NULL,
  PRIMARY KEY (value, authority)
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

-- In what follows 0 stands for a patient or an order that nobody knows.
CREATE TABLE report (
  id bigint PRIMARY KEY,
  patient bigint NOT NULL,
  imaging_order bigint NOT NULL,
  filler text NOT NULL, filler_authority text NOT NULL,
  status text NOT NULL,
  version integer NOT NULL,
  UNIQUE (filler, filler_authority)
);
CREATE INDEX report_patient ON report (patient);

CREATE TABLE study (
  id bigint PRIMARY KEY,
  patient bigint NOT NULL,
  imaging_order bigint NOT NULL,
  study_uid text NOT NULL UNIQUE,
  accession text NOT NULL, accession_authority text NOT NULL,
  description text NOT NULL,
  started text NOT NULL,
  procedure_code text NOT NULL, procedure_scheme text NOT NULL,
  series text NOT NULL  -- JSON
);
CREATE INDEX study_accession ON study (accession, accession_authority);
CREATE INDEX study_patient ON study (patient);

CREATE TABLE performed_step (
  id bigint PRIMARY KEY,
  uid text NOT NULL UNIQUE,
  status text NOT NULL,
  patient bigint NOT NULL,
  steps bigint[] NOT NULL,
  study_uid text NOT NULL,  -- the one in its dataset, if any
  dataset text NOT NULL
);
CREATE INDEX performed_step_patient ON performed_step (patient);
CREATE INDEX performed_step_steps ON performed_step USING gin (steps) WITH (fastupdate = off);

CREATE TABLE question (
  id bigint PRIMARY KEY,
  message bigint NOT NULL,
  record text NOT NULL,
  text text NOT NULL,
  open boolean NOT NULL
);
CREATE INDEX question_message ON question (message);
CREATE INDEX question_open ON question (id) WHERE open;

-- What was set aside. Its lanes and the keys that wake it stand beside it once more, to be found by them.
CREATE TABLE pending_run (
  id bigint PRIMARY KEY,
  message bigint NOT NULL,
  route text NOT NULL,
  lanes text[] NOT NULL,
  state text NOT NULL,
  reason text NOT NULL,
  since timestamptz NOT NULL,
  due timestamptz,
  wakes_on text[] NOT NULL
);
CREATE INDEX pending_run_due ON pending_run (due) WHERE due IS NOT NULL;
CREATE INDEX pending_run_message ON pending_run (message);
CREATE TABLE pending_lane (lane text NOT NULL, run bigint NOT NULL, PRIMARY KEY (lane, run));
CREATE TABLE pending_wake (key text NOT NULL, run bigint NOT NULL, PRIMARY KEY (key, run));

-- What shall be delivered, never changed; beside it in a narrow row what changes.
CREATE TABLE parcel (
  id bigint PRIMARY KEY,
  message bigint NOT NULL,
  route text NOT NULL,
  control_id text NOT NULL,
  content_type text NOT NULL,
  document bytea NOT NULL
);
CREATE INDEX parcel_message ON parcel (message);

-- `ready` is false where a claim saw an older parcel in one of the lanes, until that one has left the lane.
CREATE TABLE parcel_state (
  parcel bigint PRIMARY KEY,
  outlet text NOT NULL,
  lanes text[] NOT NULL,
  state text NOT NULL,
  attempts integer NOT NULL,
  due timestamptz NOT NULL,
  arrived timestamptz NOT NULL,
  ready boolean NOT NULL DEFAULT true,
  lease bigint,
  leased_until timestamptz
);
CREATE INDEX parcel_state_due ON parcel_state (outlet, due, parcel) WHERE state = 'queued' AND ready;
CREATE INDEX parcel_state_waiting ON parcel_state (outlet, state) WHERE state <> 'delivered';
-- Of parcels that were neither delivered nor parked.
CREATE TABLE parcel_lane (
  lane text NOT NULL,
  outlet text NOT NULL,
  parcel bigint NOT NULL,
  PRIMARY KEY (lane, outlet, parcel)
);

CREATE TABLE attempt (
  parcel bigint NOT NULL,
  attempt integer NOT NULL,
  began timestamptz NOT NULL,
  ended timestamptz NOT NULL,
  outcome text NOT NULL,
  text text NOT NULL,
  answer bytea NOT NULL,
  PRIMARY KEY (parcel, attempt)
);
)sql"
