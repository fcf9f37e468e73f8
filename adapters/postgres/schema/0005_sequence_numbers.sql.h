R"sql(
-- The last sequence number (MSH-13) of each sender whose listener follows them; -1: forgotten. `sender` is a digest of
-- listener, MSH-3 and MSH-4.
CREATE TABLE sequence_link (
  sender bigint PRIMARY KEY,
  last bigint NOT NULL,
  last_was_refused boolean NOT NULL
);
)sql"
