R"sql(
-- Requests for storage commitment that were passed on to an archive, and whether it has answered.
CREATE TABLE commitment (
  id bigint PRIMARY KEY,
  uid text NOT NULL UNIQUE,
  calling text NOT NULL,
  outlet text NOT NULL,
  study bigint NOT NULL,  -- 0: unknown
  answered boolean NOT NULL
);
)sql"
