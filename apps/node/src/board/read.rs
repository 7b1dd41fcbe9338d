//! Reading boards.

use rusqlite::{Connection, OptionalExtension as _};
use serde::Serialize;
use tabella_protocol::{
    board::{InvitationId, MessageKind},
    election::RegistrationId,
};
use utoipa::ToSchema;

use super::{Answer, Boards, ROLES, failed, no_board};

/// Registrations of one answer, and their bytes.
const PAGE: u32 = 10_000;
const PAGE_BYTES: usize = 4 << 20;

/// A board in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BoardRow {
    /// Its id.
    pub(crate) board: String,
    /// Ed25519 key of the authority.
    authority: String,
    /// When it was opened.
    opened: i64,
    /// Messages.
    messages: i64,
}

/// A board.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BoardView {
    board: String,
    ledger: String,
    authority: String,
    opened: i64,
    messages: i64,
    bytes: i64,
    /// The manifest is published: nobody registers any more.
    frozen: bool,
    authors: Vec<AuthorView>,
    invitations: InvitationCounts,
}

/// Somebody who may write.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AuthorView {
    key: String,
    /// `authority` or `trustee`.
    role: String,
    /// Of a trustee, the name on the card.
    name: Option<String>,
    /// Number of the next message.
    next: u32,
}

/// How many invitations are good, and were registered with.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InvitationCounts {
    voter: InvitationCount,
    trustee: InvitationCount,
}

/// How many were invited for one role.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub(crate) struct InvitationCount {
    invited: i64,
    registered: i64,
}

/// A message in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MessageRow {
    /// Its number on the board, from 1.
    pub(crate) sequence: u32,
    kind: String,
    author: String,
    /// Its number among the author's.
    number: u32,
    time: i64,
    bytes: i64,
    /// SHA-256 of the message's bytes.
    hash: String,
}

/// The state of an invitation.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InvitationView {
    /// `voter` or `trustee`.
    role: String,
    registered: bool,
}

impl Boards {
    fn query<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Answer<T> {
        self.read(|connection| work(connection).map_err(|error| failed(&error)))
    }

    /// Boards after one of them, or from the first, in the order of their opening; none after one that there is not.
    pub(crate) fn list(&self, after: Option<RegistrationId>, limit: u32) -> Answer<Vec<BoardRow>> {
        self.query(|connection| {
            let mut select = connection.prepare_cached(
                "SELECT id, authority, opened, (SELECT COUNT(*) FROM messages WHERE board = boards.id) FROM boards \
                 WHERE ?1 IS NULL OR (opened, id) > (SELECT opened, id FROM boards WHERE id = ?1) \
                 ORDER BY opened, id LIMIT ?2",
            )?;
            let rows = select.query_map((after.as_ref().map(RegistrationId::as_bytes), limit), |row| {
                Ok(BoardRow {
                    board: hex::encode(row.get::<_, [u8; 32]>(0)?),
                    authority: hex::encode(row.get::<_, [u8; 32]>(1)?),
                    opened: row.get(2)?,
                    messages: row.get(3)?,
                })
            })?;
            rows.collect()
        })
    }

    /// A board.
    pub(crate) fn board(&self, board: RegistrationId) -> Answer<BoardView> {
        let ledger = self.inner.ledger;
        let view = self.query(|connection| {
            let head = connection
                .query_row(
                    "SELECT authority, opened, frozen, bytes, (SELECT COUNT(*) FROM messages WHERE board = ?1) \
                     FROM boards WHERE id = ?1",
                    [board.as_bytes()],
                    |row| Ok((row.get::<_, [u8; 32]>(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)),
                )
                .optional()?;
            let Some((authority, opened, frozen, bytes, messages)) = head else { return Ok(None) };
            let mut select = connection.prepare_cached(
                "SELECT key, role, name, (SELECT COALESCE(MAX(number) + 1, 0) FROM messages \
                 WHERE board = ?1 AND author = key) FROM authors WHERE board = ?1 ORDER BY role, name, key",
            )?;
            let authors = select.query_map([board.as_bytes()], |row| {
                Ok(AuthorView {
                    key: hex::encode(row.get::<_, [u8; 32]>(0)?),
                    role: row.get(1)?,
                    name: row.get(2)?,
                    next: row.get(3)?,
                })
            })?;
            let mut counts = [InvitationCount::default(); 2];
            for (count, role) in counts.iter_mut().zip(ROLES) {
                (count.invited, count.registered) = connection.query_row(
                    "SELECT COUNT(*), COUNT(registrations.number) FROM invitations LEFT JOIN registrations \
                     ON registrations.board = invitations.board AND registrations.invitation = invitations.id \
                     WHERE invitations.board = ?1 AND role = ?2 AND NOT EXISTS (SELECT 1 FROM revocations \
                     WHERE revocations.board = ?1 AND revocations.invitation = invitations.id)",
                    (board.as_bytes(), role.name()),
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )?;
            }
            let [voter, trustee] = counts;
            Ok(Some(BoardView {
                board: board.to_string(),
                ledger: ledger.to_string(),
                authority: hex::encode(authority),
                opened,
                messages,
                bytes,
                frozen,
                authors: authors.collect::<rusqlite::Result<_>>()?,
                invitations: InvitationCounts { voter, trustee },
            }))
        })?;
        view.ok_or_else(no_board)
    }

    /// Messages after a sequence number, of one kind or of all.
    pub(crate) fn messages(
        &self,
        board: RegistrationId,
        after: u32,
        kind: Option<MessageKind>,
        limit: u32,
    ) -> Answer<Vec<MessageRow>> {
        self.read(|connection| {
            super::board_frozen(connection, board)?;
            let run = || -> rusqlite::Result<Vec<MessageRow>> {
                let mut select = connection.prepare_cached(
                    "SELECT sequence, kind, author, number, time, length(bytes), hash FROM messages \
                     WHERE board = ?1 AND sequence > ?2 AND (?3 IS NULL OR kind = ?3) ORDER BY sequence LIMIT ?4",
                )?;
                let kind = kind.map(MessageKind::name);
                let rows = select.query_map((board.as_bytes(), after, kind, limit), |row| {
                    Ok(MessageRow {
                        sequence: row.get(0)?,
                        kind: row.get(1)?,
                        author: hex::encode(row.get::<_, [u8; 32]>(2)?),
                        number: row.get(3)?,
                        time: row.get(4)?,
                        bytes: row.get(5)?,
                        hash: hex::encode(row.get::<_, [u8; 32]>(6)?),
                    })
                })?;
                rows.collect()
            };
            run().map_err(|error| failed(&error))
        })
    }

    /// A message: its bytes, and SHA-256 of them.
    pub(crate) fn message(&self, board: RegistrationId, sequence: u32) -> Answer<(Vec<u8>, [u8; 32])> {
        let message = self.query(|connection| {
            connection
                .query_row(
                    "SELECT bytes, hash FROM messages WHERE board = ?1 AND sequence = ?2",
                    (board.as_bytes(), sequence),
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()
        })?;
        message.ok_or_else(|| super::Problem::not_found("there is no such message"))
    }

    /// The state of an invitation.
    pub(crate) fn invitation(&self, board: RegistrationId, id: InvitationId) -> Answer<InvitationView> {
        let view = self.query(|connection| {
            connection
                .query_row(
                    "SELECT role, EXISTS (SELECT 1 FROM registrations WHERE board = ?1 AND invitation = ?2) \
                     FROM invitations WHERE board = ?1 AND id = ?2 \
                     AND NOT EXISTS (SELECT 1 FROM revocations WHERE board = ?1 AND invitation = ?2)",
                    (board.as_bytes(), id.as_bytes()),
                    |row| Ok(InvitationView { role: row.get(0)?, registered: row.get(1)? }),
                )
                .optional()
        })?;
        view.ok_or_else(|| super::Problem::not_found("there is no such invitation"))
    }
}

/// Registrations from a number on, as many as an answer holds, and how many there are.
pub(super) fn registrations(
    connection: &Connection,
    board: RegistrationId,
    after: u32,
) -> rusqlite::Result<(Vec<Vec<u8>>, u64)> {
    let total: i64 =
        connection
            .query_row("SELECT COUNT(*) FROM registrations WHERE board = ?1", [board.as_bytes()], |row| row.get(0))?;
    let mut select = connection
        .prepare_cached("SELECT bytes FROM registrations WHERE board = ?1 AND number >= ?2 ORDER BY number LIMIT ?3")?;
    let mut rows = select.query((board.as_bytes(), after, PAGE))?;
    let (mut page, mut size) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        let bytes: Vec<u8> = row.get(0)?;
        size += bytes.len();
        page.push(bytes);
        if size >= PAGE_BYTES {
            break;
        }
    }
    Ok((page, total.unsigned_abs()))
}
