R"sql(
-- The sequence number (MSH-13) under which a parcel is sent, where its endpoint numbers what it sends. It is given with
-- the first claim; nobody else of the outlet is claimed until the parcel was delivered or parked.
ALTER TABLE parcel_state ADD COLUMN number bigint;
ALTER TABLE parcel_state ADD COLUMN number_was_sent boolean NOT NULL DEFAULT false;
CREATE INDEX parcel_state_numbered ON parcel_state (outlet) WHERE number IS NOT NULL AND state IN ('queued', 'held');
CREATE TABLE outlet_sequence (
  outlet text PRIMARY KEY,
  last bigint NOT NULL
);
)sql"
