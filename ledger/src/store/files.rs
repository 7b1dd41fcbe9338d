//! The directory of a ledger: which files it has, and its database.

#[cfg(unix)]
use std::fs::File;
use std::{fs, io, path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags, OptionalExtension};
use tabella_verifier::log::CheckpointVerifier;

use super::{
    LEDGER_LOG,
    error::StoreError,
    key::{KEY_FILE, KeyFile},
};

/// The database's file.
pub const DATABASE_FILE: &str = "ledger.db";

/// SQLite's application id: "Tabl".
const APPLICATION_ID: i64 = 0x5461_626c;
/// Version of the schema.
const SCHEMA_VERSION: i64 = 2;
/// How long to wait for another process.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

const TABLES: [&str; 9] =
    ["ledger", "blocks", "entries", "logs", "leaves", "nodes", "checkpoints", "nullifiers", "claims"];

/// Makes the files of a ledger. `key_file` holds the key of `verifier`.
pub(super) fn create(
    directory: &Path,
    verifier: &CheckpointVerifier,
    key_file: &KeyFile,
    production: bool,
) -> Result<(), StoreError> {
    let database = directory.join(DATABASE_FILE);
    let key = directory.join(KEY_FILE);
    for path in [&database, &key] {
        if path.symlink_metadata().is_ok() {
            return Err(StoreError::Exists { path: path.clone() });
        }
    }
    create_directory(directory).map_err(|source| StoreError::File { path: directory.to_owned(), source })?;
    // The key comes first: a ledger whose database names a key that was never on the disk could not go on.
    key_file.write_new(&key).map_err(|source| match source.kind() {
        io::ErrorKind::AlreadyExists => StoreError::Exists { path: key.clone() },
        _ => StoreError::File { path: key.clone(), source },
    })?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(&database, flags)?;
    configure(&connection)?;
    // All of the schema or nothing, the two header fields included.
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Exclusive)?;
    transaction.execute_batch(include_str!("schema.sql"))?;
    for table in TABLES {
        for action in ["UPDATE", "DELETE"] {
            transaction.execute_batch(&format!(
                "CREATE TRIGGER {table}_never_{action} BEFORE {action} ON {table} \
                 BEGIN SELECT RAISE(ABORT, '{table} only grows'); END;"
            ))?;
        }
    }
    let insert = "INSERT INTO ledger (id, verifier_key, production) VALUES (1, ?1, ?2)";
    transaction.execute(insert, (verifier.to_string(), production))?;
    transaction.execute("INSERT INTO logs (id, origin) VALUES (?1, ?2)", (LEDGER_LOG, verifier.name().as_str()))?;
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    transaction.commit()?;
    sync_directory(directory).map_err(|source| StoreError::File { path: directory.to_owned(), source })
}

/// Opens the database and reads whose it is, and whether it is for production.
pub(super) fn open(directory: &Path, writable: bool) -> Result<(Connection, CheckpointVerifier, bool), StoreError> {
    let path = directory.join(DATABASE_FILE);
    if !path.is_file() {
        let remedy = "there is no ledger in this directory; check its name, or make a ledger there";
        return Err(StoreError::Missing { path, remedy });
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&path, flags)?;
    let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    match pragma("application_id") {
        Ok(APPLICATION_ID) => {}
        Ok(0) if fs::metadata(&path).is_ok_and(|file| file.len() <= 4_096) => {
            let remedy = "the ledger was never made completely; remove the directory and make it again";
            return Err(StoreError::Missing { path, remedy });
        }
        Ok(_) => return Err(StoreError::NotALedger { path }),
        Err(error) if error.sqlite_error_code() == Some(rusqlite::ErrorCode::NotADatabase) => {
            return Err(StoreError::NotALedger { path });
        }
        Err(error) => return Err(error.into()),
    }
    let found = pragma("user_version")?;
    if found != SCHEMA_VERSION {
        return Err(StoreError::Version { path, found, expected: SCHEMA_VERSION });
    }
    configure(&connection)?;
    if !writable {
        connection.pragma_update(None, "query_only", true)?;
    }
    let select = "SELECT verifier_key, production FROM ledger WHERE id = 1";
    let row: Option<(String, bool)> =
        connection.query_row(select, [], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    let (verifier, production) = row.ok_or_else(|| StoreError::damaged("the ledger's key is missing"))?;
    let verifier = verifier.parse().map_err(|error| StoreError::damaged(format!("the ledger's key: {error}")))?;
    Ok((connection, verifier, production))
}

fn configure(connection: &Connection) -> Result<(), StoreError> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        return Err(StoreError::damaged(format!("the journal mode is {mode}, not wal")));
    }
    // FULL: the log of writes is on the disk before a commit returns. On macOS that takes a stronger call.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // A database from elsewhere cannot make us run functions through its schema, nor overrun its cells.
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    Ok(())
}

fn create_directory(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// The new files' names are on the disk too.
pub(super) fn sync_directory(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(path)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}
