//! The board: keeps what parties of an election say to one another, in a file of the node's own. It checks who writes, in
//! which order and how much; what is said is for the readers to check.

mod read;
mod schema;
#[cfg(test)]
mod tests;

use std::{
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tabella_protocol::{
    board::{
        BoardMessage, BoardOpening, Invitations, MessageKind, Registration, RegistrationsQuery, Role, Signed, Trustees,
    },
    domain::FORMAT_VERSION,
    election::RegistrationId,
    note::Timestamp,
    transaction::LedgerId,
};

use crate::{
    problem::{Kind, Problem},
    settings::BoardSettings,
};

pub(crate) use read::{BoardRow, BoardView, InvitationView, MessageRow};

/// Messages of the authority on one board.
pub const MAX_AUTHORITY_MESSAGES: u32 = 1_000;
/// Messages of a trustee on one board.
pub const MAX_TRUSTEE_MESSAGES: u32 = 200;
/// Bytes of one board: messages, invitations and registrations.
pub const MAX_BOARD_BYTES: u64 = 128 << 20;
/// How far the time of a query may be from the node's clock, in seconds.
pub const QUERY_TOLERANCE: u64 = 120;
/// What a board costs beside its messages, and an invitation.
const BOARD_COST: u64 = 1_024;
const INVITATION_COST: u64 = 64;

/// Whether something was new, or was there already exactly so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept<T> {
    /// It was kept now.
    New(T),
    /// It had been kept before.
    Before(T),
}

/// The boards of a node. Its methods wait for the disk.
#[derive(Clone, Debug)]
pub struct Boards {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    writing: Mutex<Connection>,
    reading: Mutex<Connection>,
    ledger: LedgerId,
    limits: BoardSettings,
}

/// What the store says, or why it does not.
type Answer<T> = Result<T, Problem>;

fn failed(error: &rusqlite::Error) -> Problem {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DiskFull | rusqlite::ErrorCode::DatabaseBusy) => {
            tracing::error!(%error, "the board's database does not answer");
            Problem::new(Kind::Unavailable, "the board's database does not answer").retry_after(5)
        }
        _ => Problem::internal(error),
    }
}

impl Boards {
    /// Opens the file of the boards, or makes it.
    ///
    /// # Errors
    /// Errors of the database, also if the file is of another format or another ledger.
    pub fn open(path: &Path, ledger: LedgerId, limits: BoardSettings) -> rusqlite::Result<Self> {
        let writing = schema::open(path, ledger)?;
        let reading = schema::open(path, ledger)?;
        reading.pragma_update(None, "query_only", true)?;
        Ok(Self {
            inner: Arc::new(Inner { writing: Mutex::new(writing), reading: Mutex::new(reading), ledger, limits }),
        })
    }

    fn write<T>(&self, work: impl FnOnce(&Transaction<'_>) -> Answer<T>) -> Answer<T> {
        let mut connection = self.inner.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(|error| failed(&error))?;
        // Dropped without a commit, nothing of it is kept.
        let result = work(&transaction)?;
        transaction.commit().map_err(|error| failed(&error))?;
        Ok(result)
    }

    fn read<T>(&self, work: impl FnOnce(&Connection) -> Answer<T>) -> Answer<T> {
        work(&self.inner.reading.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn check_head(&self, version: u8, ledger: LedgerId) -> Answer<()> {
        if version != FORMAT_VERSION {
            return Err(Problem::malformed(format!("format version {version} instead of {FORMAT_VERSION}")));
        }
        if ledger != self.inner.ledger {
            return Err(Problem::malformed("made for another ledger"));
        }
        Ok(())
    }

    /// Opens a board.
    ///
    /// # Errors
    /// [`Kind::Malformed`], [`Kind::BadSignature`], [`Kind::NotAllowed`], [`Kind::BoardExists`], [`Kind::BoardFull`].
    pub fn open_board(&self, signed: &Signed<BoardOpening>, now: Timestamp) -> Answer<Kept<RegistrationId>> {
        let opening = &signed.statement;
        self.check_head(opening.version, opening.ledger)?;
        signed.verify().map_err(|error| Problem::new(Kind::BadSignature, error.to_string()))?;
        let allowed = &self.inner.limits.authorities;
        let key = hex::encode(opening.authority);
        if !allowed.is_empty() && !allowed.iter().any(|authority| authority.eq_ignore_ascii_case(&key)) {
            return Err(Problem::new(Kind::NotAllowed, "this node opens boards for other authorities only"));
        }
        let (board, bytes) = (opening.board, borsh::to_vec(signed).expect("writing to memory"));
        self.write(|transaction| {
            let run = || -> rusqlite::Result<Answer<Kept<RegistrationId>>> {
                let known: Option<Vec<u8>> = transaction
                    .query_row("SELECT opening FROM boards WHERE id = ?1", [board.as_bytes()], |row| row.get(0))
                    .optional()?;
                match known {
                    Some(known) if known == bytes => return Ok(Ok(Kept::Before(board))),
                    Some(_) => {
                        return Ok(Err(Problem::new(Kind::BoardExists, "there is another board of this id")));
                    }
                    None => {}
                }
                let boards: u32 = transaction.query_row("SELECT COUNT(*) FROM boards", [], |row| row.get(0))?;
                if boards >= self.inner.limits.boards || !self.has_room(transaction, None, BOARD_COST)? {
                    return Ok(Err(Problem::new(Kind::BoardFull, "this node has as many boards as it may have")));
                }
                transaction.execute(
                    "INSERT INTO boards (id, authority, opening, opened, frozen, bytes) VALUES (?1, ?2, ?3, ?4, 0, ?5)",
                    (board.as_bytes(), opening.authority, &bytes, int(now.seconds()), int(BOARD_COST)),
                )?;
                transaction.execute(
                    "INSERT INTO authors (board, key, role, name) VALUES (?1, ?2, 'authority', NULL)",
                    (board.as_bytes(), opening.authority),
                )?;
                Ok(Ok(Kept::New(board)))
            };
            run().map_err(|error| failed(&error))?
        })
    }

    /// Whether so many bytes more may be kept, on one board and on all.
    fn has_room(
        &self,
        transaction: &Transaction<'_>,
        board: Option<RegistrationId>,
        more: u64,
    ) -> rusqlite::Result<bool> {
        let total: i64 = transaction.query_row("SELECT COALESCE(SUM(bytes), 0) FROM boards", [], |row| row.get(0))?;
        let own: i64 = match board {
            Some(board) => {
                transaction.query_row("SELECT bytes FROM boards WHERE id = ?1", [board.as_bytes()], |row| row.get(0))?
            }
            None => 0,
        };
        let (total, own) = (total.unsigned_abs(), own.unsigned_abs());
        let most = self.inner.limits.mebibytes.saturating_mul(1 << 20);
        Ok(total.saturating_add(more) <= most && own.saturating_add(more) <= MAX_BOARD_BYTES)
    }

    /// Keeps a message. Gives its sequence number.
    ///
    /// # Errors
    /// [`Kind::Malformed`], [`Kind::BadSignature`], [`Kind::NotAnAuthor`], [`Kind::OutOfOrder`], [`Kind::TooLarge`],
    /// [`Kind::BoardFull`], [`Kind::NotFound`].
    pub fn post(&self, board: RegistrationId, bytes: &[u8], now: Timestamp) -> Answer<Kept<(u32, MessageKind)>> {
        let signed: Signed<BoardMessage> = decode(bytes)?;
        let message = &signed.statement;
        self.check_head(message.version, message.ledger)?;
        if message.board != board {
            return Err(Problem::malformed("the message is of another board"));
        }
        let kind = message.kind;
        if message.body.len() > kind.max_body_bytes() {
            let detail = format!("a message of kind {kind} has at most {} bytes", kind.max_body_bytes());
            return Err(Problem::new(Kind::TooLarge, detail));
        }
        signed.verify().map_err(|error| Problem::new(Kind::BadSignature, error.to_string()))?;
        let content = Content::read(kind, &message.body)?;
        let hash: [u8; 32] = Sha256::digest(bytes).into();
        self.write(|transaction| {
            let role = Author::find(transaction, board, &message.author)?;
            let role = role.ok_or_else(|| {
                Problem::new(Kind::NotAnAuthor, "the author is neither the board's authority nor one of its trustees")
            })?;
            if role == Author::Trustee && !kind.is_for_trustees() {
                let detail = format!("only the authority writes messages of kind {kind}");
                return Err(Problem::new(Kind::NotAnAuthor, detail));
            }
            let run = || -> rusqlite::Result<Answer<Kept<(u32, MessageKind)>>> {
                let known: Option<(u32, [u8; 32])> = transaction
                    .query_row(
                        "SELECT sequence, hash FROM messages WHERE board = ?1 AND author = ?2 AND number = ?3",
                        (board.as_bytes(), message.author, message.number),
                        |row| Ok((row.get(0)?, row.get(1)?)),
                    )
                    .optional()?;
                if let Some((sequence, _)) = known.filter(|(_, known)| *known == hash) {
                    return Ok(Ok(Kept::Before((sequence, kind))));
                }
                let expected: u32 = transaction.query_row(
                    "SELECT COALESCE(MAX(number) + 1, 0) FROM messages WHERE board = ?1 AND author = ?2",
                    (board.as_bytes(), message.author),
                    |row| row.get(0),
                )?;
                if message.number != expected {
                    let problem = Problem::new(Kind::OutOfOrder, format!("the author's next message is {expected}"));
                    return Ok(Err(problem.with("expected", expected)));
                }
                let most = if role == Author::Authority { MAX_AUTHORITY_MESSAGES } else { MAX_TRUSTEE_MESSAGES };
                let cost = bytes.len() as u64 + content.cost();
                if expected >= most || !self.has_room(transaction, Some(board), cost)? {
                    return Ok(Err(Problem::new(Kind::BoardFull, "the board takes no more of this author, or at all")));
                }
                let sequence: u32 = transaction.query_row(
                    "SELECT COALESCE(MAX(sequence) + 1, 1) FROM messages WHERE board = ?1",
                    [board.as_bytes()],
                    |row| row.get(0),
                )?;
                transaction.execute(
                    "INSERT INTO messages (board, sequence, kind, author, number, time, hash, bytes) \
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                    (
                        board.as_bytes(),
                        sequence,
                        kind.name(),
                        message.author,
                        message.number,
                        int(now.seconds()),
                        hash,
                        bytes,
                    ),
                )?;
                transaction
                    .execute("UPDATE boards SET bytes = bytes + ?2 WHERE id = ?1", (board.as_bytes(), int(cost)))?;
                content.apply(transaction, board)?;
                Ok(Ok(Kept::New((sequence, kind))))
            };
            run().map_err(|error| failed(&error))?
        })
    }

    /// Keeps a registration.
    ///
    /// # Errors
    /// [`Kind::Malformed`], [`Kind::UnknownInvitation`], [`Kind::InvitationUsed`], [`Kind::RegistrationClosed`],
    /// [`Kind::BoardFull`], [`Kind::NotFound`].
    pub fn register(&self, board: RegistrationId, bytes: &[u8], now: Timestamp) -> Answer<Kept<()>> {
        let registration: Registration = decode(bytes)?;
        if registration.board != board {
            return Err(Problem::malformed("the registration is of another board"));
        }
        registration.read().map_err(|error| Problem::malformed(error.to_string()))?;
        let (id, role) = (registration.id(), registration.role.name());
        self.write(|transaction| {
            let frozen = board_frozen(transaction, board)?;
            let run = || -> rusqlite::Result<Answer<Kept<()>>> {
                let invited = transaction
                    .query_row(
                        "SELECT 1 FROM invitations WHERE board = ?1 AND id = ?2 AND role = ?3 AND NOT EXISTS \
                         (SELECT 1 FROM revocations WHERE board = ?1 AND invitation = ?2)",
                        (board.as_bytes(), id.as_bytes(), role),
                        |_| Ok(()),
                    )
                    .optional()?;
                if invited.is_none() {
                    let detail = "nobody is invited to this board with this token, or for another role";
                    return Ok(Err(Problem::new(Kind::UnknownInvitation, detail)));
                }
                let known: Option<Vec<u8>> = transaction
                    .query_row(
                        "SELECT bytes FROM registrations WHERE board = ?1 AND invitation = ?2",
                        (board.as_bytes(), id.as_bytes()),
                        |row| row.get(0),
                    )
                    .optional()?;
                match known {
                    Some(known) if known == bytes => return Ok(Ok(Kept::Before(()))),
                    Some(_) => {
                        let detail = "something else was registered with this invitation before";
                        return Ok(Err(Problem::new(Kind::InvitationUsed, detail)));
                    }
                    None if frozen => {
                        let detail = "the manifest is published: the roll is fixed";
                        return Ok(Err(Problem::new(Kind::RegistrationClosed, detail)));
                    }
                    None => {}
                }
                if !self.has_room(transaction, Some(board), bytes.len() as u64)? {
                    return Ok(Err(Problem::new(Kind::BoardFull, "the board takes no more")));
                }
                transaction.execute(
                    "INSERT INTO registrations (board, number, invitation, time, bytes) VALUES (?1, \
                     (SELECT COUNT(*) FROM registrations WHERE board = ?1), ?2, ?3, ?4)",
                    (board.as_bytes(), id.as_bytes(), int(now.seconds()), bytes),
                )?;
                transaction.execute(
                    "UPDATE boards SET bytes = bytes + ?2 WHERE id = ?1",
                    (board.as_bytes(), int(bytes.len() as u64)),
                )?;
                Ok(Ok(Kept::New(())))
            };
            run().map_err(|error| failed(&error))?
        })
    }

    /// The registrations from a number on, and how many there are, for the authority alone.
    ///
    /// # Errors
    /// [`Kind::Malformed`], [`Kind::BadSignature`], [`Kind::StaleQuery`], [`Kind::NotFound`].
    pub fn registrations(
        &self,
        board: RegistrationId,
        signed: &Signed<RegistrationsQuery>,
        now: Timestamp,
    ) -> Answer<(Vec<Vec<u8>>, u64)> {
        let query = &signed.statement;
        self.check_head(query.version, query.ledger)?;
        if query.board != board {
            return Err(Problem::malformed("the query is of another board"));
        }
        self.read(|connection| {
            let authority: Option<[u8; 32]> = connection
                .query_row("SELECT authority FROM boards WHERE id = ?1", [board.as_bytes()], |row| row.get(0))
                .optional()
                .map_err(|error| failed(&error))?;
            let authority = authority.ok_or_else(no_board)?;
            signed
                .verify_by(&authority)
                .map_err(|_| Problem::new(Kind::BadSignature, "the query is not signed by the board's authority"))?;
            if query.time.seconds().abs_diff(now.seconds()) > QUERY_TOLERANCE {
                let problem = Problem::new(Kind::StaleQuery, "the query's time is too far from the node's clock");
                return Err(problem.with("now", now.seconds()));
            }
            read::registrations(connection, board, query.after).map_err(|error| failed(&error))
        })
    }
}

/// A number as SQLite keeps it; all of them are far smaller.
fn int(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn no_board() -> Problem {
    Problem::not_found("there is no such board")
}

fn board_frozen(connection: &Connection, board: RegistrationId) -> Answer<bool> {
    connection
        .query_row("SELECT frozen FROM boards WHERE id = ?1", [board.as_bytes()], |row| row.get(0))
        .optional()
        .map_err(|error| failed(&error))?
        .ok_or_else(no_board)
}

fn decode<T: borsh::BorshDeserialize>(bytes: &[u8]) -> Answer<T> {
    borsh::from_slice(bytes).map_err(|error| Problem::malformed(format!("the body does not decode: {error}")))
}

/// Who writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Author {
    Authority,
    Trustee,
}

impl Author {
    fn find(connection: &Connection, board: RegistrationId, key: &[u8; 32]) -> Answer<Option<Self>> {
        board_frozen(connection, board)?;
        let role: Option<String> = connection
            .query_row("SELECT role FROM authors WHERE board = ?1 AND key = ?2", (board.as_bytes(), key), |row| {
                row.get(0)
            })
            .optional()
            .map_err(|error| failed(&error))?;
        Ok(role.map(|role| if role == "authority" { Self::Authority } else { Self::Trustee }))
    }
}

/// What the node itself reads of a message.
enum Content {
    Opaque,
    Freeze,
    Invitations(Invitations),
    Revocations(Invitations),
    Trustees(Trustees),
}

impl Content {
    fn read(kind: MessageKind, body: &[u8]) -> Answer<Self> {
        Ok(match kind {
            MessageKind::Invitations => Self::Invitations(decode(body)?),
            MessageKind::Revocations => Self::Revocations(decode(body)?),
            MessageKind::Trustees => {
                let trustees: Trustees = decode(body)?;
                if let Some(place) = trustees.cards.iter().position(|card| card.verify().is_err()) {
                    return Err(Problem::malformed(format!("card {place} is not signed by its own key")));
                }
                Self::Trustees(trustees)
            }
            MessageKind::Manifest => Self::Freeze,
            _ => Self::Opaque,
        })
    }

    fn cost(&self) -> u64 {
        match self {
            Self::Invitations(ids) | Self::Revocations(ids) => ids.ids().len() as u64 * INVITATION_COST,
            Self::Opaque | Self::Freeze | Self::Trustees(_) => 0,
        }
    }

    fn apply(&self, transaction: &Transaction<'_>, board: RegistrationId) -> rusqlite::Result<()> {
        match self {
            Self::Opaque => {}
            Self::Freeze => {
                transaction.execute("UPDATE boards SET frozen = 1 WHERE id = ?1", [board.as_bytes()])?;
            }
            Self::Invitations(invitations) => {
                let mut insert = transaction
                    .prepare_cached("INSERT OR IGNORE INTO invitations (board, id, role) VALUES (?1, ?2, ?3)")?;
                for id in invitations.ids() {
                    insert.execute((board.as_bytes(), id.as_bytes(), invitations.role().name()))?;
                }
            }
            Self::Revocations(invitations) => {
                let mut insert = transaction
                    .prepare_cached("INSERT OR IGNORE INTO revocations (board, invitation) VALUES (?1, ?2)")?;
                for id in invitations.ids() {
                    insert.execute((board.as_bytes(), id.as_bytes()))?;
                }
            }
            Self::Trustees(trustees) => {
                transaction.execute("DELETE FROM authors WHERE board = ?1 AND role = 'trustee'", [board.as_bytes()])?;
                // Of two cards under one key the first counts; the authority's own key stays the authority's.
                let mut insert = transaction.prepare_cached(
                    "INSERT OR IGNORE INTO authors (board, key, role, name) VALUES (?1, ?2, 'trustee', ?3)",
                )?;
                for card in &trustees.cards {
                    insert.execute((board.as_bytes(), card.key().as_bytes(), card.name().as_str()))?;
                }
            }
        }
        Ok(())
    }
}

/// Roles in the order of their numbers.
pub(crate) const ROLES: [Role; 2] = [Role::Voter, Role::Trustee];

/// What an event tells of a message.
pub(crate) fn event(board: RegistrationId, sequence: u32, kind: MessageKind) -> serde_json::Value {
    json!({"board": board.to_string(), "sequence": sequence, "kind": kind.name()})
}
