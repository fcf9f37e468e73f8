R"sql(
-- What was committed by its receiver (CA), and what the receiver's application has said of it since: MSA-1, empty while it
-- is awaited. `id` is a digest of the endpoint and MSH-10.
CREATE TABLE awaited_answer (
  id bigint PRIMARY KEY,
  message bigint NOT NULL,
  outlet text NOT NULL,
  since timestamptz NOT NULL,
  code text NOT NULL
);
CREATE INDEX awaited_answer_open ON awaited_answer (outlet, since) WHERE code = '';
)sql"
