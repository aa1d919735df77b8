//! The rows of some associations, written together: as many as fit into memory whatever the size of the whole.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use diesel::insert_into;

use super::Generated;
use super::chance::{Calendar, Dice};
use super::plan;
use super::report::{Course, Reported, report, reports_a_year, slots};
use super::tree::Member;
use super::vocabulary::Counted;
use crate::actuals;
use crate::actuals::row::ActualRow;
use crate::database::Copying;
use crate::error::{ApiError, ApiResult};
use crate::rule::Nature;
use crate::schema::{self, actual_totals, first_reports, scorecards, targets};
use crate::scorecards::Totals;
use crate::scorecards::derived::{WholeScorecard, WholeTotals, Writes, derive};
use crate::scorecards::store::{Line, LineKey};
use crate::scorecards::whole::FirstReport;
use crate::targets::row::TargetRow;

/// What a chunk fills, each table before those that refer to it.
pub(super) const TABLES: [&str; 6] =
    ["targets", "actuals", "actual_revisions", "actual_totals", "scorecards", "first_reports"];

/// Associations of a chunk.
const MOST_MEMBERS: u64 = 200;
/// Rows of a chunk; a few thousand more where the last association has as many.
const MOST_ROWS: usize = 5_000;

#[derive(Default)]
pub(super) struct Chunk {
    members: u64,
    targets: Vec<TargetRow>,
    actuals: Vec<ActualRow>,
    revisions: Vec<ActualRow>,
    totals: Vec<WholeTotals>,
    scorecards: Vec<WholeScorecard>,
    first: Vec<FirstReport>,
}

/// A year of an association: what is planned and reported for each indicator, in their order.
struct Year<'a> {
    lines: Vec<(Course<'a>, Totals)>,
    writes: Writes,
}

impl Year<'_> {
    fn written(&mut self, times: i64, at: DateTime<Utc>) {
        self.writes.count += times;
        self.writes.last_at = self.writes.last_at.max(at);
    }
}

impl Chunk {
    pub(super) fn is_full(&self) -> bool {
        let rows = self.targets.len() + self.actuals.len() + self.revisions.len();
        self.members >= MOST_MEMBERS || rows >= MOST_ROWS
    }

    /// Adds an association's plans, its reports and what is derived from them.
    ///
    /// # Errors
    /// A fault of ours: a row that the service would refuse.
    pub(super) fn add(
        &mut self,
        member: &Member,
        indicators: &[Counted],
        per_month: u32,
        calendar: &Calendar,
        dice: &mut Dice,
    ) -> ApiResult<()> {
        let reports = reports_a_year(per_month, indicators.len());
        let mut years = HashMap::new();
        for year in calendar.years() {
            years.insert(year, self.plan(member, year, indicators, reports, calendar, dice)?);
        }
        let mut first = BTreeMap::new();
        for slot in slots(member, indicators, per_month, calendar, dice)? {
            let year = years.get_mut(&slot.year).ok_or_else(|| ApiError::internal("a report of no year"))?;
            let line = year.lines.get_mut(slot.indicator);
            let (course, totals) = line.ok_or_else(|| ApiError::internal("a report of no line"))?;
            let Reported { row, earlier } = report(member, &slot, course, calendar, dice)?;
            actuals::store::add(totals, &course.counted.row, &row.reading()?)?;
            year.written(row.version.into(), row.updated_at);
            if let Some(month) = row.reported_month()? {
                // They come in the order of their times.
                let (association_id, reported_at) = (row.association_id, row.reported_at);
                let new = FirstReport { association_id, year: row.year, month, reported_at };
                first.entry((row.year, month)).or_insert(new);
            }
            self.actuals.push(row);
            self.revisions.extend(earlier);
        }
        for number in calendar.years() {
            if let Some(year) = years.remove(&number) {
                self.derive(member, number, year);
            }
        }
        self.first.extend(first.into_values());
        self.members += 1;
        Ok(())
    }

    /// Plans a year.
    fn plan<'a>(
        &mut self,
        member: &Member,
        number: i16,
        indicators: &'a [Counted],
        reports: i64,
        calendar: &Calendar,
        dice: &mut Dice,
    ) -> ApiResult<Year<'a>> {
        let lines = Vec::with_capacity(indicators.len());
        let mut year = Year { lines, writes: Writes { count: 0, last_at: DateTime::UNIX_EPOCH } };
        for counted in indicators {
            for target in plan::revisions(member, number, counted, calendar, dice)? {
                year.written(1, target.recorded_at);
                self.targets.push(target);
            }
            let in_force = self.targets.last().ok_or_else(|| ApiError::internal("no target"))?;
            let goal = in_force.goal.to_goal(number);
            let (attained, done_in) = (dice.between(45, 135), dice.between(2, 15));
            year.lines.push((Course { counted, goal, attained, reports, done_in }, Totals::default()));
        }
        Ok(year)
    }

    /// What follows from a year.
    fn derive(&mut self, member: &Member, number: i16, year: Year<'_>) {
        let association_id = member.row.id;
        let lines = year.lines.into_iter().map(|(Course { counted, goal, .. }, totals)| {
            let key = LineKey { association_id, year: number, indicator_id: counted.row.id };
            Line::new(key, Nature::from(&counted.row), Some(goal), totals)
        });
        let (totals, scorecard) = derive(association_id, number, &lines.collect::<Vec<_>>(), year.writes);
        self.totals.extend(totals);
        self.scorecards.push(scorecard);
    }

    /// Writes all rows, counts them, and is empty again.
    ///
    /// # Errors
    /// Only the database's.
    pub(super) async fn write(&mut self, copying: &Copying, generated: &mut Generated) -> ApiResult<()> {
        let rows = self.targets.iter().map(|row| insert_into(targets::table).values(row));
        generated.targets += copying.rows("targets", rows).await?;
        let rows = self.actuals.iter().map(|row| insert_into(schema::actuals::table).values(row));
        generated.actuals += copying.rows("actuals", rows).await?;
        let rows = self.revisions.iter().map(|row| insert_into(schema::actuals::table).values(row));
        generated.revisions += copying.rows("actual_revisions", rows).await?;
        let rows = self.totals.iter().map(|row| insert_into(actual_totals::table).values(row));
        generated.derived += copying.rows("actual_totals", rows).await?;
        let rows = self.scorecards.iter().map(|row| insert_into(scorecards::table).values(row));
        generated.derived += copying.rows("scorecards", rows).await?;
        let rows = self.first.iter().map(|row| insert_into(first_reports::table).values(row));
        generated.derived += copying.rows("first_reports", rows).await?;
        generated.associations += self.members;
        *self = Self::default();
        Ok(())
    }
}
