//! Connections to the database file, with the settings that durability and safety rest on.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags, ffi};

/// How long a statement waits for a lock that somebody else holds.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

/// More than the statements there are, so that each is prepared once.
const STATEMENT_CACHE: usize = 64;

/// The size in bytes that the write-ahead log is cut back to when it has grown beyond it.
const LOG_SIZE: i64 = 16 << 20;

/// Opens the connection that writes.
pub(super) fn writer(path: &Path) -> rusqlite::Result<Connection> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    use_write_ahead_log(&connection)?;
    // A commit returns when it is on the disk.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "fullfsync", true)?;
    connection.pragma_update(None, "checkpoint_fullfsync", true)?;
    connection.pragma_update(None, "foreign_keys", true)?;
    // What is deleted or replaced is overwritten with zeros.
    connection.pragma_update(None, "secure_delete", true)?;
    connection.pragma_update(None, "journal_size_limit", LOG_SIZE)?;
    Ok(connection)
}

/// Turns the write-ahead log on: readers go on while it writes, and a commit appends to one file and
/// syncs it once.
///
/// Of those who open a new file at once, SQLite refuses all but one without waiting, because they
/// would wait for each other; so it is asked again.
fn use_write_ahead_log(connection: &Connection) -> rusqlite::Result<()> {
    const PAUSE: Duration = Duration::from_millis(5);

    let ask = || {
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| {
            match row.get_ref(0)?.as_str() {
                Ok("wal") => Ok(()),
                _ => {
                    let code = ffi::Error::new(ffi::SQLITE_CANTOPEN);
                    let message = "the file system does not allow a write-ahead log";
                    Err(rusqlite::Error::SqliteFailure(code, Some(message.to_owned())))
                }
            }
        })
    };
    let start = Instant::now();
    loop {
        let outcome = ask();
        let code = outcome.as_ref().err().and_then(rusqlite::Error::sqlite_error_code);
        if code != Some(ErrorCode::DatabaseBusy) || start.elapsed() >= BUSY_TIMEOUT {
            return outcome;
        }
        thread::sleep(PAUSE);
    }
}

/// Opens a connection that only reads.
pub(super) fn reader(path: &Path) -> rusqlite::Result<Connection> {
    open(path, OpenFlags::SQLITE_OPEN_READ_ONLY)
}

fn open(path: &Path, access: OpenFlags) -> rusqlite::Result<Connection> {
    // Each connection is behind a lock of our own.
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENT_CACHE);
    // The file may have been altered: nothing in it gets to run, and its pages are looked at.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    Ok(connection)
}
