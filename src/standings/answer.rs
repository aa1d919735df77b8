//! The answer to how many associations stand, whoever asks: the route, an export or a page.

use actix_web::web::Data;

use super::order::{Place, in_order};
use super::store::{self, Asked, Tally};
use super::{CompletionSummary, Overall, Sort, SummaryQuery, table};
use crate::associations::selection::Selection;
use crate::auth::Caller;
use crate::error::{ApiResult, Language};
use crate::exports;
use crate::http::{Computed, Conditional, Formatted, Listing, Page, Representation};
use crate::ledger::AsOf;
use crate::state::AppState;

/// Summarizes the year of the associations that fit.
///
/// # Errors
/// `unknown_association` for a filter's place; `invalid_cursor`; `out_of_range` for a day to come.
pub(crate) async fn summary(
    state: &Data<AppState>,
    caller: &Caller,
    year: i16,
    listing: Listing<SummaryQuery>,
    conditional: &Conditional,
) -> ApiResult<Computed<CompletionSummary>> {
    let Listing { filter: query, paging } = listing;
    let asked = Asked { year, basis: query.basis, as_of: AsOf::new(state, year, query.as_of)? };
    let list = asked.list(query.sort.list());
    let after: Option<Place> = paging.after(&list)?;
    let mut conn = state.conn().await?;
    let selection = Selection::fitting(&conn, caller, &query.associations()).await?;
    let tag = store::tag(&mut conn, conditional, caller, &selection, &asked, &()).await?;
    drop(conn);
    if conditional.has(&tag) {
        return Ok(Computed::NotModified(tag));
    }
    let tallies = async move |conn: &mut _| store::tallies(conn, &selection, &asked).await;
    let tallies = asked.as_of.ask_list(state, &paging, tallies).await?;
    let (total, overall) = (tallies.len(), Overall::of(&tallies));
    let rest = in_order(tallies, |tally| query.sort.place(tally), after.as_ref());
    let place = |(place, _): &(Place, Tally)| place.clone();
    let Page { items, next_cursor } = Page::of(&list, rest, paging.limit(), place, |(_, tally)| tally.to_line())?;
    let Asked { year, basis, as_of } = asked;
    Ok(Computed::Answer(
        CompletionSummary { year, as_of: as_of.moment.as_of, basis, total, overall, items, next_cursor },
        tag,
    ))
}
impl Sort {
    /// Names the list, so that no other order takes its cursors.
    const fn list(self) -> &'static str {
        match self {
            Self::Code => "summary by code",
            Self::Name => "summary by name",
            Self::Score => "summary by score",
            Self::ScoreAscending => "summary by score, worst first",
            Self::Met => "summary by targets met",
            Self::MetAscending => "summary by targets met, fewest first",
        }
    }

    fn place(self, tally: &Tally) -> Place {
        let member = &tally.member;
        match self {
            Self::Code => Place::new(None, "", &member.code),
            Self::Name => Place::new(None, &member.name, &member.code),
            Self::Score => Place::new(tally.score().ok(), &member.name, &member.code),
            Self::ScoreAscending => Place::lowest_first(tally.score().ok(), &member.name, &member.code),
            Self::Met => Place::new(tally.met(), &member.name, &member.code),
            Self::MetAscending => Place::lowest_first(tally.met(), &member.name, &member.code),
        }
    }
}

/// The same, as it is wanted: as JSON, or as a file of every line.
///
/// # Errors
/// As [`summary`]; `too_many_for_file`, `service_busy`.
pub(crate) async fn represented(
    state: &Data<AppState>,
    caller: &Caller,
    year: i16,
    asked: Formatted<Listing<SummaryQuery>>,
    language: Language,
    conditional: &Conditional,
) -> ApiResult<Computed<Representation<CompletionSummary>>> {
    let Formatted { format, question } = asked;
    let wanted = exports::Wanted::list(state, format).await?;
    let query = question.filter.clone();
    let summary = summary(state, caller, year, question, conditional).await?;
    let name = format!("completion-{year}");
    exports::represent(state, wanted, summary, name, move |summary| table::table(summary, &query, language)).await
}
