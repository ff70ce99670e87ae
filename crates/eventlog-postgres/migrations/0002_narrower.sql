-- Each role may do a little less, and the head goes forwards.

REVOKE UPDATE ON casetrail.head FROM casetrail_writer, casetrail_eraser;
GRANT UPDATE (position, recorded_time, root) ON casetrail.head TO casetrail_writer;
GRANT UPDATE (erasures) ON casetrail.head TO casetrail_eraser;

-- An eraser signs nothing.
REVOKE SELECT ON casetrail.log FROM casetrail_eraser;
GRANT SELECT (one, origin, secret) ON casetrail.log TO casetrail_eraser;

CREATE TRIGGER forwards_only BEFORE UPDATE ON casetrail.head
    FOR EACH ROW WHEN (NEW.position < OLD.position OR NEW.erasures < OLD.erasures)
    EXECUTE FUNCTION casetrail.refuse();
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON casetrail.head
    FOR EACH STATEMENT EXECUTE FUNCTION casetrail.refuse();
