//! The rows of some associations, written together: as many as fit into memory whatever the size of the whole.

use std::collections::HashMap;

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
use crate::schema::{self, actual_totals, scorecards, targets};
use crate::scorecards::Totals;
use crate::scorecards::store::LineKey;
use crate::scorecards::whole::{WholeLine, WholeScorecard, WholeTotals, derive};
use crate::targets::row::TargetRow;

/// What a chunk fills, each table before those that refer to it.
pub(super) const TABLES: [&str; 5] = ["targets", "actuals", "actual_revisions", "actual_totals", "scorecards"];

/// Associations of a chunk.
const MOST_MEMBERS: u64 = 200;
/// Rows of a chunk; a few thousand more where the last association has as many.
const MOST_ROWS: usize = 20_000;

#[derive(Default)]
pub(super) struct Chunk {
    members: u64,
    targets: Vec<TargetRow>,
    actuals: Vec<ActualRow>,
    revisions: Vec<ActualRow>,
    totals: Vec<WholeTotals>,
    scorecards: Vec<WholeScorecard>,
}

/// What is planned and reported for one indicator in a year.
struct Line<'a> {
    course: Course<'a>,
    target: TargetRow,
    totals: Option<Totals>,
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
            let plan = self.plan(member, year, indicators, reports, calendar, dice)?;
            years.insert(year, plan);
        }
        for slot in slots(member, indicators, per_month, calendar, dice)? {
            let lines = years.get_mut(&slot.year).map(|(lines, last)| (lines.get_mut(slot.indicator), last));
            let Some((Some(line), last)) = lines else { return Err(ApiError::internal("a report of no line")) };
            let Reported { row, earlier } = report(member, &slot, &line.course, calendar, dice)?;
            let totals = line.totals.get_or_insert_default();
            actuals::store::add(totals, &line.course.counted.row, &row)?;
            *last = row.updated_at.max(*last);
            self.actuals.push(row);
            self.revisions.extend(earlier);
        }
        for year in calendar.years() {
            if let Some((lines, last)) = years.remove(&year) {
                self.derive(member, year, lines, last);
            }
        }
        self.members += 1;
        Ok(())
    }

    /// Plans a year; answers its lines in the order of the indicators, and when the last of it was recorded.
    fn plan<'a>(
        &mut self,
        member: &Member,
        year: i16,
        indicators: &'a [Counted],
        reports: i64,
        calendar: &Calendar,
        dice: &mut Dice,
    ) -> ApiResult<(Vec<Line<'a>>, DateTime<Utc>)> {
        let mut lines = Vec::with_capacity(indicators.len());
        let mut last = DateTime::UNIX_EPOCH;
        for counted in indicators {
            let mut revisions = plan::revisions(member, year, counted, calendar, dice)?;
            let target = revisions.last().cloned().ok_or_else(|| ApiError::internal("no target"))?;
            self.targets.append(&mut revisions);
            last = target.recorded_at.max(last);
            let goal = target.goal.to_goal(year);
            let (attained, done_in) = (dice.between(45, 135), dice.between(2, 15));
            lines.push(Line { course: Course { counted, goal, attained, reports, done_in }, target, totals: None });
        }
        Ok((lines, last))
    }

    /// What follows from a year.
    fn derive(&mut self, member: &Member, year: i16, lines: Vec<Line<'_>>, last: DateTime<Utc>) {
        let lines = lines.iter().map(|Line { course, target, totals }| WholeLine {
            key: LineKey { association_id: member.row.id, year, indicator_id: course.counted.row.id },
            nature: Nature::from(&course.counted.row),
            goal: Some(&target.goal),
            totals: totals.clone(),
        });
        let (totals, scorecard) = derive(member.row.id, year, lines.collect(), last);
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
        generated.associations += self.members;
        *self = Self::default();
        Ok(())
    }
}
