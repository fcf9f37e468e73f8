R"sql(
-- A component group of a patient's name as the worklist compares it: upper case, no accents, one ^ at its end; cut to what
-- an index entry can hold. Says the same as folded(group_of(…)) in worklist_where.cpp. One expression without a subquery,
-- which PostgreSQL puts in place of the call: called, it costs about three times as much.
CREATE FUNCTION name_start(name text, number int) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
  SELECT left(CASE WHEN octet_length(rtrim(split_part(name, '=', number), '^ ') || '^')
      = char_length(rtrim(split_part(name, '=', number), '^ ') || '^')
    THEN upper(rtrim(split_part(name, '=', number), '^ ') || '^')
    ELSE upper(normalize(regexp_replace(normalize(rtrim(split_part(name, '=', number), '^ ') || '^', NFD),
      '[\u0300-\u036f]+', '', 'g'), NFC) COLLATE "und-x-icu")
    END COLLATE "C", 500)
$body$;
-- A patients' table of a large site takes longer than a statement may.
SET LOCAL statement_timeout = 0;
CREATE INDEX patient_name_start ON patient (name_start(name, 1) COLLATE "C");
CREATE INDEX patient_name_start_2 ON patient (name_start(name, 2) COLLATE "C") WHERE strpos(name, '=') > 0;
CREATE INDEX patient_name_start_3 ON patient (name_start(name, 3) COLLATE "C") WHERE strpos(name, '=') > 0;
ANALYZE patient;
)sql"
