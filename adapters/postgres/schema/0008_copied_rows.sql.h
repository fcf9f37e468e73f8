R"sql(
-- New rows come by COPY after the changed ones: which row stands before which is looked at when the batch commits.
ALTER TABLE patient ALTER CONSTRAINT patient_merged_into_fkey DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE patient_identifier ALTER CONSTRAINT patient_identifier_patient_fkey DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE imaging_order ALTER CONSTRAINT imaging_order_patient_fkey DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE scheduled_step ALTER CONSTRAINT scheduled_step_imaging_order_fkey DEFERRABLE INITIALLY DEFERRED;
)sql"
