-- Version 2. Each table only grows: triggers, added beside this file, refuse every change and removal of a row.

-- Who this ledger is, and whether it refuses proofs under development parameters for ever. One row.
CREATE TABLE ledger (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    verifier_key TEXT NOT NULL,
    production INTEGER NOT NULL CHECK (production IN (0, 1))
) STRICT;

-- Block by block: its time in seconds, and how many entries the ledger holds after it.
CREATE TABLE blocks (
    height INTEGER PRIMARY KEY CHECK (height >= 1),
    time INTEGER NOT NULL CHECK (time >= 0 AND time < 1099511627776),
    entries INTEGER NOT NULL CHECK (entries >= 0)
) STRICT;

-- What was accepted, in order. A digest is accepted once.
CREATE TABLE entries (
    number INTEGER PRIMARY KEY CHECK (number >= 0),
    height INTEGER NOT NULL REFERENCES blocks (height),
    digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
    bytes BLOB NOT NULL
) STRICT;

-- Log 0 holds each entry; the others, of pools, hold some.
CREATE TABLE logs (
    id INTEGER PRIMARY KEY CHECK (id >= 0),
    origin TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE leaves (
    log INTEGER NOT NULL REFERENCES logs (id),
    position INTEGER NOT NULL CHECK (position >= 0),
    entry INTEGER NOT NULL REFERENCES entries (number),
    PRIMARY KEY (log, position),
    UNIQUE (log, entry)
) STRICT, WITHOUT ROWID;

-- Complete subtrees of a log: they never change, and any proof is made of O(log n) of them.
CREATE TABLE nodes (
    log INTEGER NOT NULL REFERENCES logs (id),
    level INTEGER NOT NULL CHECK (level >= 0 AND level < 63),
    position INTEGER NOT NULL CHECK (position >= 0),
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (log, level, position)
) STRICT, WITHOUT ROWID;

-- Signed notes.
CREATE TABLE checkpoints (
    log INTEGER NOT NULL REFERENCES logs (id),
    height INTEGER NOT NULL REFERENCES blocks (height),
    size INTEGER NOT NULL CHECK (size >= 0),
    note BLOB NOT NULL,
    PRIMARY KEY (log, height)
) STRICT, WITHOUT ROWID;

-- Slot 0: spent by a transfer. Slots 1 and 2: holds a ballot of level 0 or 1.
CREATE TABLE nullifiers (
    pool BLOB NOT NULL CHECK (length(pool) = 32),
    nullifier BLOB NOT NULL CHECK (length(nullifier) = 32),
    slot INTEGER NOT NULL CHECK (slot IN (0, 1, 2)),
    revision INTEGER NOT NULL CHECK (revision >= 0 AND revision < 4294967296 AND (slot > 0 OR revision = 0)),
    entry INTEGER NOT NULL REFERENCES entries (number),
    PRIMARY KEY (pool, nullifier, slot, revision)
) STRICT, WITHOUT ROWID;

CREATE INDEX nullifiers_of_entry ON nullifiers (entry);

-- The table of section 6, "which ballot counts": a transfer is alone, level 1 is final for level 0, revisions increase.
CREATE TRIGGER nullifier_in_use BEFORE INSERT ON nullifiers
WHEN EXISTS (
    SELECT 1 FROM nullifiers AS held
    WHERE held.pool = NEW.pool AND held.nullifier = NEW.nullifier
      AND (held.slot = 0 OR NEW.slot = 0 OR held.slot > NEW.slot
           OR (held.slot = NEW.slot AND held.revision >= NEW.revision))
)
BEGIN SELECT RAISE(ABORT, 'nullifier in use'); END;

-- Whatever else an application accepts once: an invoice's tag, a meter's interval, a stone's identity.
CREATE TABLE claims (
    space TEXT NOT NULL,
    key BLOB NOT NULL,
    entry INTEGER NOT NULL REFERENCES entries (number),
    PRIMARY KEY (space, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX claims_of_entry ON claims (entry);
