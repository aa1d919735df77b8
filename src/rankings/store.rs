//! Who is ranked and by what: scores as the standings have them, or one indicator's rates.

use diesel::prelude::*;
use diesel_async::{AsyncPgConnection, RunQueryDsl};

use super::rank::{Rank, ranks};
use super::{RankingLine, Unranked};
use crate::associations::Status;
use crate::associations::selection::Selection;
use crate::completion::{Basis, shown};
use crate::decimal::Amount;
use crate::error::ApiResult;
use crate::indicators;
use crate::indicators::store::IndicatorRow;
use crate::rule::{Goal, Nature, Reason, judge};
use crate::schema::{actual_totals, associations, scorecards, targets};
use crate::scorecards::Totals;
use crate::scorecards::store::{GoalRow, TotalsRow};
use crate::scorecards::whole::ScoreRow;
use crate::standings;
use crate::standings::order::Place;
use crate::standings::store::{Asked, Member, Tally};

/// An association that may be ranked.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub member: Member,
    /// The score or rate, or why there is none.
    pub value: Result<Amount, Unranked>,
    /// Whether it has any target in the year.
    has_target: bool,
    /// What was planned and what was reported, where the rate of an indicator counts.
    figures: Figures,
}

/// A target and an actual, where there are any.
#[derive(Clone, Copy, Debug, Default)]
struct Figures {
    target: Option<Amount>,
    actual: Option<Amount>,
}

impl Candidate {
    /// A dissolved association without a plan is left out.
    fn is_peer(&self) -> bool {
        self.has_target || self.member.status.0 != Status::Dissolved
    }
}

impl From<Tally> for Candidate {
    fn from(tally: Tally) -> Self {
        let value = tally.score().map_err(Unranked::from);
        let has_target = tally.target_count > 0;
        Self { value, has_target, member: tally.member, figures: Figures::default() }
    }
}

/// A peer and its rank.
#[derive(Clone, Debug)]
pub(crate) struct Ranked {
    pub rank: Option<Rank>,
    pub candidate: Candidate,
}

impl Ranked {
    /// The better, the earlier; those without a rank last.
    pub(crate) fn place(&self) -> Place {
        let Candidate { member, value, .. } = &self.candidate;
        Place::new(value.ok(), &member.name, &member.code)
    }

    /// As a client reads it.
    pub(crate) fn to_line(&self, is_by_indicator: bool) -> RankingLine {
        let value = self.candidate.value;
        RankingLine {
            rank: self.rank.map(|rank| rank.rank),
            tied: self.rank.map(|rank| rank.tied),
            association: self.candidate.member.to_listed(),
            score: value.ok().filter(|_| !is_by_indicator),
            rate: value.ok().filter(|_| is_by_indicator),
            target: self.candidate.figures.target,
            actual: self.candidate.figures.actual,
            reason: value.err(),
        }
    }
}

/// The peers among the candidates with their ranks, in no order.
pub(crate) fn rank(candidates: Vec<Candidate>) -> Vec<Ranked> {
    let peers: Vec<_> = candidates.into_iter().filter(Candidate::is_peer).collect();
    let values: Vec<_> = peers.iter().map(|peer| peer.value.ok()).collect();
    ranks(&values).into_iter().zip(peers).map(|(rank, candidate)| Ranked { rank, candidate }).collect()
}

/// How many have a rank.
pub(crate) fn ranked_count(peers: &[Ranked]) -> usize {
    peers.iter().filter(|peer| peer.rank.is_some()).count()
}

/// The associations of a set with what they are ranked by: their score, or the rate of an indicator.
///
/// # Errors
/// Only the database's.
pub(crate) async fn candidates(
    conn: &mut AsyncPgConnection,
    selection: &Selection,
    asked: &Asked,
    indicator: Option<&IndicatorRow>,
) -> ApiResult<Vec<Candidate>> {
    match (indicator, asked.as_of.before) {
        (None, _) => {
            let tallies = standings::store::tallies(conn, selection, asked).await?;
            Ok(tallies.into_iter().map(Candidate::from).collect())
        }
        (Some(indicator), None) => by_rate(conn, selection, asked, indicator).await,
        (Some(indicator), Some(before)) => {
            let catalog = indicators::store::catalog(conn).await?;
            let mut candidates = Vec::new();
            standings::store::replay(conn, selection, asked.year, before, &catalog, |member, lines| {
                let line = lines.iter().find(|(key, _)| key.indicator_id == indicator.id).map(|(_, line)| line);
                let plan = line.and_then(|line| line.plan.as_ref());
                let goal = plan.map(|plan| plan.current.goal.to_goal(asked.year));
                let totals = line.map(|line| line.totals.clone()).unwrap_or_default();
                let has_target = lines.iter().any(|(_, line)| line.plan.is_some());
                let (value, figures) = rate(asked, indicator, goal.as_ref(), &totals);
                candidates.push(Candidate { member, value, has_target, figures });
                Ok(())
            })
            .await?;
            Ok(candidates)
        }
    }
}

async fn by_rate(
    conn: &mut AsyncPgConnection,
    selection: &Selection,
    asked: &Asked,
    indicator: &IndicatorRow,
) -> ApiResult<Vec<Candidate>> {
    type Row = (Member, Option<ScoreRow>, Option<GoalRow>, Option<TotalsRow>);
    let card = scorecards::association_id.eq(associations::id).and(scorecards::year.eq(asked.year));
    let target = targets::association_id
        .eq(associations::id)
        .and(targets::year.eq(asked.year))
        .and(targets::indicator_id.eq(indicator.id))
        .and(targets::is_current);
    let total = actual_totals::association_id
        .eq(associations::id)
        .and(actual_totals::year.eq(asked.year))
        .and(actual_totals::indicator_id.eq(indicator.id));
    let rows: Vec<Row> = associations::table
        .left_join(scorecards::table.on(card))
        .left_join(targets::table.on(target))
        .left_join(actual_totals::table.on(total))
        .filter(associations::id.eq_any(selection.ids()))
        .select((
            Member::as_select(),
            Option::<ScoreRow>::as_select(),
            Option::<GoalRow>::as_select(),
            Option::<TotalsRow>::as_select(),
        ))
        .load(conn)
        .await?;
    let candidates = rows.into_iter().map(|(member, card, goal, totals)| {
        let goal = goal.map(|goal| goal.to_goal(asked.year));
        let totals = totals.map(Totals::from).unwrap_or_default();
        let has_target = card.is_some_and(|card| card.target_count > 0);
        let (value, figures) = rate(asked, indicator, goal.as_ref(), &totals);
        Candidate { member, value, has_target, figures }
    });
    Ok(candidates.collect())
}

fn rate(
    asked: &Asked,
    indicator: &IndicatorRow,
    goal: Option<&Goal>,
    totals: &Totals,
) -> (Result<Amount, Unranked>, Figures) {
    let nature = Nature::from(indicator);
    let total = match asked.basis {
        Basis::Reported => &totals.reported,
        Basis::Verified => &totals.verified,
    };
    let actual = total.standing(nature.value_type);
    let judgement = judge(nature, goal, actual, asked.as_of.moment);
    let value = judgement.rate.map(Amount::from);
    let figures = Figures { target: goal.map(|goal| Amount::from(goal.value)), actual: actual.map(shown) };
    (value.ok_or_else(|| judgement.reason.unwrap_or(Reason::NoTarget).into()), figures)
}
