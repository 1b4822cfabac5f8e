-- Version 1.
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The journal. `payload` is the event whole (names included), NULL once erased; `leaf` is what the tree is over.
CREATE TABLE event (
    seq         INTEGER PRIMARY KEY,
    at          INTEGER NOT NULL,
    name        TEXT NOT NULL,
    offboarding INTEGER,
    step        INTEGER,
    payload     BLOB,
    leaf        BLOB NOT NULL
) STRICT;
CREATE INDEX event_of_offboarding ON event (offboarding, seq) WHERE offboarding IS NOT NULL;
CREATE TRIGGER event_is_never_deleted BEFORE DELETE ON event
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER event_is_never_changed BEFORE UPDATE OF seq, at, name, offboarding, step, leaf ON event
    BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
CREATE TRIGGER payload_is_only_erased BEFORE UPDATE OF payload ON event WHEN NEW.payload IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'a payload can only be erased'); END;

-- The tree's stored hashes, by tlog index.
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

-- One salt a person, one (offboarding 0) for events about nobody. Erasing it makes the leaves' digests mute.
CREATE TABLE salt (
    offboarding INTEGER PRIMARY KEY,
    person      TEXT NOT NULL,
    salt        BLOB NOT NULL
) STRICT;

-- Projections.
CREATE TABLE offboarding (
    id          INTEGER PRIMARY KEY,
    opened_seq  INTEGER NOT NULL,
    live        INTEGER NOT NULL,
    name        TEXT NOT NULL,
    email       TEXT NOT NULL,
    login       TEXT NOT NULL,
    employee_id TEXT,
    ended_at    INTEGER,
    header      TEXT NOT NULL
) STRICT;
CREATE INDEX offboarding_live ON offboarding (id) WHERE live = 1;
CREATE INDEX offboarding_ended ON offboarding (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE step (
    offboarding INTEGER NOT NULL,
    ord         INTEGER NOT NULL,
    state       TEXT NOT NULL,
    PRIMARY KEY (offboarding, ord)
) STRICT, WITHOUT ROWID;

CREATE TABLE alert (
    key  TEXT PRIMARY KEY,
    body TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Every notice ever taken: the guard against replays, kept for ever.
CREATE TABLE notice (
    source   TEXT NOT NULL,
    event_id TEXT NOT NULL,
    PRIMARY KEY (source, event_id)
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
