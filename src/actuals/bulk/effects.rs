//! What a batch does to what is reported, for people who look before they confirm.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::BigInt;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use crate::actuals::implausible::Implausible;
use crate::error::ApiResult;
use crate::rule::Goal;
use crate::scorecards::Total;
use crate::scorecards::store::LineKey;

/// Rows that somebody looks at.
pub(crate) const ROWS: usize = 100;

/// The same, as a limit in SQL.
pub(super) const ROWS_LIMIT: i64 = 100;

/// Lines that somebody looks at.
const LINES: usize = 50;

/// What a batch does beside storing its rows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Effects {
    /// The first lines that change, in the order of their keys.
    pub lines: Vec<Effect>,
    /// How many change.
    pub line_count: usize,
    /// How many new rows cover days that an actual or a row of another period covers as well, and add to it. Told only
    /// where somebody looks.
    pub overlapping: i64,
    /// The first of those, by index.
    pub overlaps: BTreeSet<i64>,
    /// How many new rows count in which year. Told only where somebody looks.
    pub years: BTreeMap<i16, i64>,
    /// The new rows whose figures look like a slip. Told only where somebody looks.
    pub slips: Slips,
}

/// Rows whose figures look like a slip.
#[derive(Clone, Debug, Default)]
pub(crate) struct Slips {
    /// How many there are.
    pub count: i64,
    /// Why, of the first of them, by index.
    pub first: BTreeMap<i64, Vec<Implausible>>,
}

impl Slips {
    /// Tells of one more row, where there is something to say of it.
    pub(super) fn add(&mut self, index: i64, why: Vec<Implausible>) {
        if !why.is_empty() {
            self.count += 1;
            self.keep(index, why);
        }
    }

    /// Tells of the rows of one more line.
    pub(super) fn extend(&mut self, other: Self) {
        self.count += other.count;
        other.first.into_iter().for_each(|(index, why)| self.keep(index, why));
    }

    fn keep(&mut self, index: i64, why: Vec<Implausible>) {
        self.first.insert(index, why);
        if self.first.len() > ROWS {
            self.first.pop_last();
        }
    }
}

/// What it does to one line, on the reported basis.
#[derive(Clone, Debug)]
pub(crate) struct Effect {
    pub key: LineKey,
    pub goal: Option<Goal>,
    pub before: Total,
    pub after: Total,
}

impl Effects {
    /// Whether somebody should look at this row of those that are good.
    pub(crate) fn is_doubted(&self, index: i64) -> bool {
        self.overlaps.contains(&index) || self.slips.first.contains_key(&index)
    }

    /// Tells of one more line that changes.
    pub(super) fn add(&mut self, effect: impl FnOnce() -> Effect) {
        self.line_count += 1;
        if self.lines.len() < LINES {
            self.lines.push(effect());
        }
    }

    /// Marks the rows that may count twice: before they are written, or each would overlap with itself, and before any
    /// lock is taken, since it is only advice. Rows of one period do not overlap with each other: they are a ledger.
    ///
    /// # Errors
    /// Only the database's.
    pub(super) async fn mark_overlapping(conn: &mut AsyncPgConnection) -> ApiResult<()> {
        sql_query(include_str!("mark_overlapping.sql")).execute(conn).await?;
        Ok(())
    }

    /// Finds those of the marked rows that are new.
    ///
    /// # Errors
    /// Only the database's.
    pub(super) async fn find_overlapping(&mut self, conn: &mut AsyncPgConnection) -> ApiResult<()> {
        #[derive(QueryableByName)]
        struct Overlap {
            #[diesel(sql_type = BigInt)]
            idx: i64,
            #[diesel(sql_type = BigInt)]
            total: i64,
        }
        let rows: Vec<Overlap> =
            sql_query(include_str!("list_overlapping.sql")).bind::<BigInt, _>(ROWS_LIMIT).load(conn).await?;
        self.overlapping = rows.as_slice().first().map_or(0, |row| row.total);
        self.overlaps = rows.into_iter().map(|row| row.idx).collect();
        Ok(())
    }
}
