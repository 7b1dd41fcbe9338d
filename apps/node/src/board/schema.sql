CREATE TABLE node (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    ledger BLOB NOT NULL CHECK (length(ledger) = 32)
) STRICT;

CREATE TABLE boards (
    id BLOB PRIMARY KEY CHECK (length(id) = 32),
    authority BLOB NOT NULL CHECK (length(authority) = 32),
    -- borsh of Signed<BoardOpening>
    opening BLOB NOT NULL,
    opened INTEGER NOT NULL,
    frozen INTEGER NOT NULL CHECK (frozen IN (0, 1)),
    bytes INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Who may write now: the authority, and the trustees of the newest message that names them.
CREATE TABLE authors (
    board BLOB NOT NULL REFERENCES boards (id),
    key BLOB NOT NULL CHECK (length(key) = 32),
    role TEXT NOT NULL CHECK (role IN ('authority', 'trustee')),
    name TEXT,
    PRIMARY KEY (board, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE messages (
    board BLOB NOT NULL REFERENCES boards (id),
    sequence INTEGER NOT NULL CHECK (sequence >= 1),
    kind TEXT NOT NULL,
    author BLOB NOT NULL CHECK (length(author) = 32),
    number INTEGER NOT NULL CHECK (number >= 0),
    time INTEGER NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32),
    bytes BLOB NOT NULL,
    PRIMARY KEY (board, sequence),
    UNIQUE (board, author, number)
) STRICT;

CREATE TABLE invitations (
    board BLOB NOT NULL REFERENCES boards (id),
    id BLOB NOT NULL CHECK (length(id) = 32),
    role TEXT NOT NULL CHECK (role IN ('voter', 'trustee')),
    PRIMARY KEY (board, id)
) STRICT, WITHOUT ROWID;

-- Invitations that are no longer good.
CREATE TABLE revocations (
    board BLOB NOT NULL REFERENCES boards (id),
    invitation BLOB NOT NULL CHECK (length(invitation) = 32),
    PRIMARY KEY (board, invitation)
) STRICT, WITHOUT ROWID;

CREATE TABLE registrations (
    board BLOB NOT NULL REFERENCES boards (id),
    number INTEGER NOT NULL CHECK (number >= 0),
    invitation BLOB NOT NULL,
    time INTEGER NOT NULL,
    bytes BLOB NOT NULL,
    PRIMARY KEY (board, number),
    UNIQUE (board, invitation),
    FOREIGN KEY (board, invitation) REFERENCES invitations (board, id)
) STRICT;

-- What was said stays said.
CREATE TRIGGER messages_never_change BEFORE UPDATE ON messages BEGIN SELECT RAISE(ABORT, 'messages only grow'); END;
CREATE TRIGGER messages_never_vanish BEFORE DELETE ON messages BEGIN SELECT RAISE(ABORT, 'messages only grow'); END;
CREATE TRIGGER registrations_never_change BEFORE UPDATE ON registrations
BEGIN SELECT RAISE(ABORT, 'registrations only grow'); END;
CREATE TRIGGER registrations_never_vanish BEFORE DELETE ON registrations
BEGIN SELECT RAISE(ABORT, 'registrations only grow'); END;
