-- The log: one row an event, in order of position.

CREATE SCHEMA casetrail;

-- Which of these files the schema has been through.
CREATE TABLE casetrail.migration (
    number integer PRIMARY KEY,
    applied timestamptz NOT NULL DEFAULT now()
);

-- What is said once of the whole log.
CREATE TABLE casetrail.log (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    origin text NOT NULL,
    -- Under which the names of erased streams are recognised.
    secret bytea NOT NULL CHECK (length(secret) = 32),
    -- The key that signs checkpoints, as Go's sumdb/note writes one.
    key text NOT NULL
);

-- Where the log ends. Its row is what writers take turns on.
CREATE TABLE casetrail.head (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    position bigint NOT NULL,
    -- Microseconds since 1970 UTC, as everywhere here.
    recorded_time bigint,
    -- Root of the tree of that many entries (RFC 6962).
    root bytea NOT NULL CHECK (length(root) = 32),
    -- How often something was erased.
    erasures bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 20);

-- Names that many events share: types, sources, recorders.
CREATE TABLE casetrail.name (
    number integer PRIMARY KEY,
    text text NOT NULL UNIQUE
);

-- An erased stream has no name and no salt.
CREATE TABLE casetrail.stream (
    number integer PRIMARY KEY,
    name text UNIQUE,
    salt uuid,
    subject_hash bytea NOT NULL UNIQUE CHECK (length(subject_hash) = 32),
    CHECK ((name IS NULL) = (salt IS NULL))
);

CREATE TABLE casetrail.event (
    position bigint PRIMARY KEY CHECK (position > 0),
    recorded_time bigint NOT NULL,
    stream integer NOT NULL,
    revision integer NOT NULL CHECK (revision > 0),
    type integer NOT NULL,
    recorded_by integer NOT NULL,
    -- What an erasure destroys: all from here on.
    source integer,
    -- Days since 1970-01-01.
    effective_on integer,
    content_salt uuid,
    -- 128 bits of the hash of (source, id).
    identity uuid,
    -- The same of the event that this one corrects or retracts.
    amends uuid,
    id text,
    "time" text,
    correlation_id text,
    causation_id text,
    data text,
    -- What it leaves.
    content_hash bytea CHECK (length(content_hash) = 32),
    UNIQUE (stream, revision),
    CHECK (CASE WHEN content_hash IS NULL
        THEN num_nonnulls(source, effective_on, content_salt, identity, id, data) = 6
        ELSE num_nonnulls(source, effective_on, content_salt, identity, amends, id, "time",
                          correlation_id, causation_id, data) = 0 END)
);

CREATE UNIQUE INDEX event_identity ON casetrail.event (identity);
CREATE INDEX event_amends ON casetrail.event (amends) WHERE amends IS NOT NULL;
CREATE INDEX event_erased ON casetrail.event (position) WHERE content_hash IS NOT NULL;

-- Roots of complete blocks of 256 entries, by their number from 0: the tiles of level 1.
CREATE TABLE casetrail.block (
    number bigint PRIMARY KEY,
    root bytea NOT NULL CHECK (length(root) = 32)
);

-- Streams whose payload is not to be held, and digests by which their names are recognised.
CREATE TABLE casetrail.erasure (
    subject_hash bytea PRIMARY KEY,
    digests bytea[] NOT NULL
);

-- Checkpoints that witnesses have cosigned.
CREATE TABLE casetrail.cosigned (
    size bigint PRIMARY KEY,
    note text NOT NULL
);

-- Nothing is ever taken away from the log, but by an erasure what that destroys.
CREATE FUNCTION casetrail.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'casetrail.% is append-only', TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE FUNCTION casetrail.erase_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_user <> 'casetrail_eraser' THEN
        RAISE EXCEPTION 'casetrail.% is append-only', TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;

CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON casetrail.event
    FOR EACH STATEMENT EXECUTE FUNCTION casetrail.refuse();
CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON casetrail.stream
    FOR EACH STATEMENT EXECUTE FUNCTION casetrail.refuse();
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON casetrail.block
    FOR EACH STATEMENT EXECUTE FUNCTION casetrail.refuse();
CREATE TRIGGER append_only BEFORE DELETE OR UPDATE OR TRUNCATE ON casetrail.name
    FOR EACH STATEMENT EXECUTE FUNCTION casetrail.refuse();
-- Of an event, its place, type and times stay for ever, and of what was erased nothing comes back.
CREATE TRIGGER erase_only BEFORE UPDATE ON casetrail.event
    FOR EACH ROW WHEN (
        NEW.content_hash IS NULL OR OLD.content_hash IS NOT NULL
        OR (NEW.position, NEW.recorded_time, NEW.stream, NEW.revision, NEW.type, NEW.recorded_by)
            <> (OLD.position, OLD.recorded_time, OLD.stream, OLD.revision, OLD.type,
                OLD.recorded_by))
    EXECUTE FUNCTION casetrail.refuse();
CREATE TRIGGER eraser_only BEFORE UPDATE ON casetrail.event
    FOR EACH STATEMENT EXECUTE FUNCTION casetrail.erase_only();
CREATE TRIGGER erase_only BEFORE UPDATE ON casetrail.stream
    FOR EACH ROW WHEN (
        NEW.name IS NOT NULL OR (NEW.number, NEW.subject_hash) <> (OLD.number, OLD.subject_hash))
    EXECUTE FUNCTION casetrail.refuse();
CREATE TRIGGER eraser_only BEFORE UPDATE ON casetrail.stream
    FOR EACH STATEMENT EXECUTE FUNCTION casetrail.erase_only();

-- Roles are of the whole cluster: another database may have made them.
DO $$
DECLARE role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['casetrail_reader', 'casetrail_writer', 'casetrail_eraser'] LOOP
        IF to_regrole(role) IS NULL THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', role);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;
            END;
        END IF;
    END LOOP;
    -- Whoever owns the tables could do so anyway; unless the roles are another's to give.
    BEGIN
        EXECUTE format('GRANT casetrail_eraser TO %I', current_user);
    EXCEPTION WHEN insufficient_privilege THEN
        NULL;
    END;
END $$;

GRANT USAGE ON SCHEMA casetrail TO casetrail_reader, casetrail_writer, casetrail_eraser;
GRANT SELECT ON casetrail.migration, casetrail.head, casetrail.name, casetrail.stream,
    casetrail.event, casetrail.block, casetrail.erasure, casetrail.cosigned TO casetrail_reader;
-- Without the key a reader signs nothing.
GRANT SELECT (one, origin, secret) ON casetrail.log TO casetrail_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA casetrail TO casetrail_writer, casetrail_eraser;
GRANT INSERT ON casetrail.event, casetrail.stream, casetrail.name, casetrail.block
    TO casetrail_writer;
GRANT UPDATE ON casetrail.head TO casetrail_writer;
GRANT INSERT, UPDATE ON casetrail.cosigned TO casetrail_writer;
GRANT UPDATE ON casetrail.event, casetrail.stream, casetrail.head TO casetrail_eraser;
GRANT INSERT, UPDATE ON casetrail.erasure TO casetrail_eraser;
