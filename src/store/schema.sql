-- Version 2.
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The journal. `payload` is the event whole (names included), packed; NULL once erased. The other columns are what its
-- leaf says: `digest` is the payload's keyed hash, `actor` is NULL for the engine. The tree is over the leaves, which
-- are built of these columns and `subject.digest` whenever they are needed.
CREATE TABLE event (
    seq         INTEGER PRIMARY KEY,
    at          INTEGER NOT NULL,
    name        TEXT NOT NULL,
    actor       TEXT,
    offboarding INTEGER,
    step        INTEGER,
    digest      BLOB NOT NULL,
    payload     BLOB
) STRICT;
CREATE INDEX event_of_offboarding ON event (offboarding, seq) WHERE offboarding IS NOT NULL;
CREATE TRIGGER event_is_never_deleted BEFORE DELETE ON event
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER event_is_never_changed BEFORE UPDATE OF seq, at, name, actor, offboarding, step, digest ON event
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER payload_is_only_erased BEFORE UPDATE OF payload ON event WHEN NEW.payload IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'a payload can only be erased'); END;

-- The tree's hashes from level 8 on, by tlog index: one for each 256 leaves, and those above. Those below are computed.
CREATE TABLE node (
    idx  INTEGER PRIMARY KEY,
    hash BLOB NOT NULL
) STRICT;

-- Signed notes.
CREATE TABLE checkpoint (
    size INTEGER PRIMARY KEY,
    at   INTEGER NOT NULL,
    note TEXT NOT NULL
) STRICT;

-- One a person, one (offboarding 0) for events about nobody. `digest` is the person's keyed hash as the leaves have it.
-- Erasing person and salt makes the digests mute.
CREATE TABLE subject (
    offboarding INTEGER PRIMARY KEY,
    digest      BLOB,
    person      TEXT,
    salt        BLOB
) STRICT;

-- Projections. `names` is what a person is searched by, in lower case, one a line.
CREATE TABLE offboarding (
    id          INTEGER PRIMARY KEY,
    opened_seq  INTEGER NOT NULL,
    live        INTEGER NOT NULL,
    email       TEXT NOT NULL,
    names       TEXT NOT NULL,
    ended_at    INTEGER,
    header      TEXT NOT NULL
) STRICT;
CREATE INDEX offboarding_live ON offboarding (id) WHERE live = 1;
CREATE INDEX offboarding_ended ON offboarding (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX offboarding_email ON offboarding (email);

-- `state` is packed.
CREATE TABLE step (
    offboarding INTEGER NOT NULL,
    ord         INTEGER NOT NULL,
    state       BLOB NOT NULL,
    PRIMARY KEY (offboarding, ord)
) STRICT, WITHOUT ROWID;

CREATE TABLE alert (
    key  TEXT PRIMARY KEY,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Every notice ever taken, by its key: the guard against replays, kept for ever.
CREATE TABLE notice (
    key BLOB PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Not projections: what waits outside the journal.
CREATE TABLE parked (
    source      TEXT NOT NULL,
    event_id    TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    body        TEXT NOT NULL,
    PRIMARY KEY (source, event_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE cursor (
    name TEXT PRIMARY KEY,
    seq  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
