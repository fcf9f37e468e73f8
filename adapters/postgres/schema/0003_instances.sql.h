R"sql(
-- Composite objects that were sent to us: each counts once for its series, however often it comes.
CREATE TABLE instance (
  id bigint PRIMARY KEY,
  study bigint NOT NULL,
  uid text NOT NULL UNIQUE
);
)sql"
