//! How associations stand, in one statement over their scorecards; for a past day, from the ledger in slices.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use diesel::dsl::max;
use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};
use rust_decimal::Decimal;
use serde::Serialize;
use uuid::Uuid;

use super::{ListedAssociation, NoScore, Overall, SummaryLine};
use crate::associations::selection::Selection;
use crate::associations::{AssociationQuery, Kind, Level, Status};
use crate::auth::Caller;
use crate::completion::Basis;
use crate::database::Coded;
use crate::decimal::Amount;
use crate::error::ApiResult;
use crate::http::{Conditional, EntityTag};
use crate::indicators;
use crate::indicators::store::Catalog;
use crate::ledger::{self, AsOf, Entry};
use crate::rule::{Nature, combined_score};
use crate::schema::{associations, scorecards};
use crate::scorecards::Contribution;
use crate::scorecards::store::LineKey;
use crate::scorecards::version::version;
use crate::scorecards::whole::ScoreRow;

/// What is asked of associations.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    /// The plan year.
    pub year: i16,
    /// Which figures count.
    pub basis: Basis,
    /// When.
    pub as_of: AsOf,
}

impl Asked {
    /// Names a list of them, so that no other year, basis or past day takes its cursors; of today none is named, and the
    /// pages go on when midnight passes between them.
    pub(crate) fn list(&self, name: &str) -> String {
        let day = self.as_of.before.map(|_| self.as_of.moment.as_of);
        format!("{name}, {} {:?} {}", self.year, self.basis, day.map(|day| day.to_string()).unwrap_or_default())
    }
}

/// An association of a set.
#[derive(Clone, Debug, HasQuery)]
#[diesel(table_name = associations)]
pub(crate) struct Member {
    pub id: Uuid,
    pub code: String,
    pub name: String,
    kind: Coded<Kind>,
    level: Coded<Level>,
    pub status: Coded<Status>,
}

impl Member {
    /// As a client reads it.
    pub(crate) fn to_listed(&self) -> ListedAssociation {
        ListedAssociation {
            code: self.code.clone(),
            name: self.name.clone(),
            kind: self.kind.0,
            level: self.level.0,
            status: self.status.0,
        }
    }
}

/// How an association stands in a year, on one basis.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    pub member: Member,
    pub target_count: i32,
    weight: Decimal,
    /// Σ weight × score.
    weighted: Decimal,
    met_count: i32,
}

impl Tally {
    fn of(member: Member, row: &ScoreRow, basis: Basis) -> Self {
        let (weighted, met_count) = match basis {
            Basis::Reported => (row.reported_score, row.reported_met_count),
            Basis::Verified => (row.verified_score, row.verified_met_count),
        };
        Self { member, target_count: row.target_count, weight: row.weight, weighted, met_count }
    }

    /// The association's score.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) fn score(&self) -> Result<Amount, NoScore> {
        let none = if self.target_count == 0 { NoScore::NoTarget } else { NoScore::NothingScorable };
        combined_score(self.weighted, self.weight).map(Amount::from).ok_or(none)
    }

    /// How many targets are met; none where there are none.
    pub(super) fn met(&self) -> Option<Amount> {
        (self.target_count > 0).then(|| Decimal::from(self.met_count).into())
    }

    /// As a client reads it.
    pub(crate) fn to_line(&self) -> SummaryLine {
        let score = self.score();
        SummaryLine {
            association: self.member.to_listed(),
            score: score.ok(),
            reason: score.err(),
            weight: self.weight.into(),
            targets: self.target_count,
            met: self.met_count,
        }
    }
}

impl Overall {
    /// How these stand together.
    pub(crate) fn of(tallies: &[Tally]) -> Self {
        let (mut overall, mut weighted, mut weight) = (Self::default(), Decimal::ZERO, Decimal::ZERO);
        for tally in tallies {
            weighted += tally.weighted;
            weight += tally.weight;
            overall.targets += i64::from(tally.target_count);
            overall.met += i64::from(tally.met_count);
            overall.scored += usize::from(tally.score().is_ok());
        }
        Self { score: combined_score(weighted, weight).map(Amount::from), weight: weight.into(), ..overall }
    }
}

/// The latest year up to `last` that something is planned for, by somebody the caller may see.
///
/// # Errors
/// Only the database's.
pub(crate) async fn latest_year(conn: &mut AsyncPgConnection, caller: &Caller, last: i16) -> ApiResult<Option<i16>> {
    let selection = Selection::fitting(conn, caller, &AssociationQuery::default()).await?;
    let year = scorecards::table
        .filter(scorecards::association_id.eq_any(selection.ids()))
        .filter(scorecards::target_count.gt(0))
        .filter(scorecards::year.le(last))
        .select(max(scorecards::year));
    Ok(year.first(conn).await?)
}

/// The entity tag of an answer about a set; `more` is what it is computed from beside the set's standings.
///
/// # Errors
/// Only the database's.
pub(crate) async fn tag(
    conn: &mut AsyncPgConnection,
    conditional: &Conditional,
    caller: &Caller,
    selection: &Selection,
    asked: &Asked,
    more: &impl Serialize,
) -> ApiResult<EntityTag> {
    let version = version(conn, selection, &[asked.year]).await?;
    let scope = caller.scope.as_ref().map(|scope| scope.id);
    conditional.tag(&(version, asked.as_of.moment.as_of, asked.basis, scope, more))
}

/// How the associations of a set stand, in no order.
///
/// # Errors
/// Only the database's.
pub(crate) async fn tallies(
    conn: &mut AsyncPgConnection,
    selection: &Selection,
    asked: &Asked,
) -> ApiResult<Vec<Tally>> {
    let Some(before) = asked.as_of.before else { return live(conn, selection, asked).await };
    let catalog = indicators::store::catalog(conn).await?;
    let mut tallies = Vec::new();
    replay(conn, selection, asked.year, before, &catalog, |member, lines| {
        tallies.push(tally(&catalog, member, lines, asked.basis));
        Ok(())
    })
    .await?;
    Ok(tallies)
}

/// How an association stands whose lines are these.
pub(crate) fn tally(catalog: &Catalog, member: Member, lines: &[(LineKey, Entry)], basis: Basis) -> Tally {
    let mut sums = Contribution::default();
    for (key, line) in lines {
        sums = sums + contribution(catalog, *key, line);
    }
    Tally::of(member, &sums.into(), basis)
}

async fn live(conn: &mut AsyncPgConnection, selection: &Selection, asked: &Asked) -> ApiResult<Vec<Tally>> {
    let card = scorecards::association_id.eq(associations::id).and(scorecards::year.eq(asked.year));
    let rows: Vec<(Member, Option<ScoreRow>)> = associations::table
        .left_join(scorecards::table.on(card))
        .filter(associations::id.eq_any(selection.ids()))
        .select((Member::as_select(), Option::<ScoreRow>::as_select()))
        .load(conn)
        .await?;
    Ok(rows.into_iter().map(|(member, row)| Tally::of(member, &row.unwrap_or_default(), asked.basis)).collect())
}

fn contribution(catalog: &Catalog, key: LineKey, line: &Entry) -> Contribution {
    let Some(indicator) = catalog.get(&key.indicator_id) else { return Contribution::default() };
    let goal = line.plan.as_ref().map(|plan| plan.current.goal.to_goal(key.year));
    Contribution::of(Nature::from(indicator), goal.as_ref(), &line.totals)
}

/// Hands over every association of a set that was known before a moment, with its lines of a year as known then. Holds
/// the lines of one slice at a time.
///
/// # Errors
/// The database's; those of `each`.
pub(crate) async fn replay(
    conn: &mut AsyncPgConnection,
    selection: &Selection,
    year: i16,
    before: DateTime<Utc>,
    catalog: &Catalog,
    mut each: impl FnMut(Member, &[(LineKey, Entry)]) -> ApiResult<()>,
) -> ApiResult<()> {
    let members: Vec<Member> = Member::query()
        .filter(associations::id.eq_any(selection.ids()))
        .filter(associations::created_at.lt(before))
        .load(conn)
        .await?;
    for slice in members.chunks(ledger::SLICE) {
        let ids: Vec<_> = slice.iter().map(|member| member.id).collect();
        let mut lines: BTreeMap<Uuid, Vec<(LineKey, Entry)>> = BTreeMap::new();
        for (key, line) in ledger::derive(conn, catalog, &ids, Some(&[year]), Some(before)).await? {
            lines.entry(key.association_id).or_default().push((key, line));
        }
        for member in slice {
            each(member.clone(), lines.get(&member.id).map_or(&[], Vec::as_slice))?;
        }
    }
    Ok(())
}
