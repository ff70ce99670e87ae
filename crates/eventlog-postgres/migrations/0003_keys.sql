-- Keys that replace one another.

ALTER TABLE casetrail.log
    -- The key that is to be the next: written down before anything says so.
    ADD COLUMN next_key text,
    -- The key that was before, until it has vouched for the one that is.
    ADD COLUMN old_key text;

-- The old key's word for a new one, by the position from which on that is in force.
CREATE TABLE casetrail.handover (
    position bigint PRIMARY KEY,
    proof text NOT NULL
);

GRANT SELECT ON casetrail.handover TO casetrail_reader, casetrail_writer, casetrail_eraser;
