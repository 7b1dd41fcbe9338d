//! The file of the boards.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior, ffi};
use tabella_protocol::transaction::LedgerId;

/// SQLite's application id: "TabN".
const APPLICATION_ID: i64 = 0x5461_624e;
/// Version of the schema.
const VERSION: i64 = 2;
/// What version 2 has and version 1 had not.
const SINCE_1: &str = "CREATE TABLE revocations (board BLOB NOT NULL REFERENCES boards (id), \
    invitation BLOB NOT NULL CHECK (length(invitation) = 32), PRIMARY KEY (board, invitation)) STRICT, WITHOUT ROWID";
/// How long to wait for another connection.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// Opens the file, or makes it. What is on a board is on the disk before it is acknowledged.
pub(super) fn open(path: &Path, ledger: LedgerId) -> rusqlite::Result<Connection> {
    let mut connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let pragma = |name: &str| transaction.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    match (pragma("application_id")?, pragma("user_version")?) {
        (0, 0) => {
            transaction.execute_batch(include_str!("schema.sql"))?;
            transaction.execute("INSERT INTO node (id, ledger) VALUES (1, ?1)", [ledger.as_bytes()])?;
            transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
        }
        (APPLICATION_ID, VERSION) => {}
        (APPLICATION_ID, 1) => {
            transaction.execute_batch(SINCE_1)?;
            transaction.pragma_update(None, "user_version", VERSION)?;
        }
        _ => return Err(refused("the file is no board of this version of the node")),
    }
    let found: Option<[u8; 32]> =
        transaction.query_row("SELECT ledger FROM node WHERE id = 1", [], |row| row.get(0)).optional()?;
    if found != Some(*ledger.as_bytes()) {
        return Err(refused("the board is of another ledger: give each ledger a data folder of its own"));
    }
    transaction.commit()?;
    Ok(connection)
}

fn refused(why: &str) -> rusqlite::Error {
    rusqlite::Error::SqliteFailure(ffi::Error::new(ffi::SQLITE_MISMATCH), Some(why.to_owned()))
}
