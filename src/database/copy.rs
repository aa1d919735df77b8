//! Rows in such numbers that only COPY will do, in one transaction on a connection of its own.
//!
//! A row is what an INSERT of diesel would bind: COPY's binary format takes the same bytes in the same order, so the
//! columns of a table are listed in its row struct alone.

use std::io::Cursor;

use diesel::pg::{Pg, PgMetadataLookup, PgQueryBuilder, PgTypeMetadata};
use diesel::query_builder::bind_collector::RawBytesBindCollector;
use diesel::query_builder::{QueryBuilder, QueryFragment};
use futures_util::SinkExt;
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

use crate::error::{ApiError, ApiResult, Code};

/// What COPY's binary format begins with: the signature, no flags, no extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";
/// Stands for the number of columns after the last row.
const TRAILER: i16 = -1;
/// Stands for the length of a null.
const NULL: i32 = -1;
/// Bytes that are sent at once.
const PIECE: usize = 256 * 1024;

/// A transaction that takes rows by COPY. Dropped before [`Copying::commit`], it leaves nothing.
pub struct Copying {
    client: Client,
}

impl Copying {
    /// Connects to the database at `url` and begins.
    ///
    /// # Errors
    /// `database_unavailable` when it cannot be reached.
    pub async fn begin(url: &str) -> ApiResult<Self> {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.map_err(|error| explained(&error))?;
        // What breaks the connection is told to whoever waits for an answer.
        tokio::spawn(connection);
        let copying = Self { client };
        copying.execute("BEGIN").await?;
        Ok(copying)
    }

    /// Runs statements without an answer.
    ///
    /// # Errors
    /// Only the database's.
    pub async fn execute(&self, sql: &str) -> ApiResult<()> {
        self.client.batch_execute(sql).await.map_err(|error| explained(&error))
    }

    /// The first column of the first row, as text.
    ///
    /// # Errors
    /// Only the database's.
    pub async fn first(&self, sql: &str) -> ApiResult<Option<String>> {
        let messages = self.client.simple_query(sql).await.map_err(|error| explained(&error))?;
        let mut rows = messages.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(ToOwned::to_owned),
            _ => None,
        });
        Ok(rows.next())
    }

    /// Puts what these INSERTs of one row each would insert into the table `into`, and answers how many rows.
    ///
    /// # Errors
    /// The database's, and when an INSERT leaves a column to its default.
    pub async fn rows<S: QueryFragment<Pg>>(&self, into: &str, inserts: impl Iterator<Item = S>) -> ApiResult<u64> {
        let mut inserts = inserts.peekable();
        let Some(first) = inserts.peek() else { return Ok(0) };
        let statement = format!("COPY {into} ({}) FROM STDIN (FORMAT binary)", columns(first)?);
        let sink = self.client.copy_in(&statement).await.map_err(|error| explained(&error))?;
        let mut sink = std::pin::pin!(sink);
        let mut piece = HEADER.to_vec();
        for insert in inserts {
            write(&insert, &mut piece)?;
            if piece.len() >= PIECE {
                sink.send(Cursor::new(std::mem::take(&mut piece))).await.map_err(|error| explained(&error))?;
            }
        }
        piece.extend(TRAILER.to_be_bytes());
        sink.send(Cursor::new(piece)).await.map_err(|error| explained(&error))?;
        sink.finish().await.map_err(|error| explained(&error))
    }

    /// Makes all of it stay.
    ///
    /// # Errors
    /// `outcome_unknown` when the connection breaks meanwhile.
    pub async fn commit(&self) -> ApiResult<()> {
        self.client.batch_execute("COMMIT").await.map_err(|error| match error.is_closed() {
            true => ApiError::new(Code::OutcomeUnknown).because(&error),
            false => explained(&error),
        })
    }
}

/// With what the database itself says, which the driver's own text leaves out.
fn explained(error: &tokio_postgres::Error) -> ApiError {
    match error.as_db_error() {
        Some(refused) => ApiError::internal(refused),
        None => ApiError::new(Code::DatabaseUnavailable).because(error),
    }
}

/// The columns that an INSERT names.
fn columns(insert: &impl QueryFragment<Pg>) -> ApiResult<String> {
    let mut sql = PgQueryBuilder::default();
    insert.to_sql(&mut sql, &Pg)?;
    let sql = sql.finish();
    let named = sql.split_once('(').and_then(|(_, rest)| rest.split_once(')')).filter(|_| !sql.contains("DEFAULT"));
    let (columns, _) = named.ok_or_else(|| ApiError::internal(format!("no row for COPY: {sql}")))?;
    Ok(columns.to_owned())
}

/// Writes a row: how many columns, and each one's length and bytes.
fn write(insert: &impl QueryFragment<Pg>, out: &mut Vec<u8>) -> ApiResult<()> {
    let mut collected = RawBytesBindCollector::<Pg>::new();
    insert.collect_binds(&mut collected, &mut BuiltIn, &Pg)?;
    out.extend(i16::try_from(collected.binds.len()).map_err(ApiError::internal)?.to_be_bytes());
    for value in collected.binds {
        match value {
            Some(bytes) => {
                out.extend(i32::try_from(bytes.len()).map_err(ApiError::internal)?.to_be_bytes());
                out.extend(bytes);
            }
            None => out.extend(NULL.to_be_bytes()),
        }
    }
    Ok(())
}

/// The schema has no types of its own, so that none is ever looked up.
struct BuiltIn;

impl PgMetadataLookup for BuiltIn {
    fn lookup_type(&mut self, _type_name: &str, _schema: Option<&str>) -> PgTypeMetadata {
        PgTypeMetadata::new(0, 0)
    }
}
