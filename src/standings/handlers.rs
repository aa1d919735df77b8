//! Routes of standings.

use actix_web::get;
use actix_web::web::Data;

use super::order::{Place, in_order};
use super::store::{Asked, Tally};
use super::{CompletionSummary, Sort, SummaryQuery, YearPath, store};
use crate::associations::selection::Selection;
use crate::auth::Caller;
use crate::error::{ApiError, ApiResult};
use crate::http::{Computed, Conditional, Listing, NotModified, Page, Paging, Path};
use crate::ledger::AsOf;
use crate::state::AppState;

/// Summarize the completion of many associations.
///
/// A line for each association that fits, those without targets included. An accepted actual is in the very next answer. A
/// page goes on after the last line of the page before, by its place in the order as it was then: what does not change
/// between two pages is neither skipped nor repeated. For a past day the ledger is read again, which takes longer; within
/// the hour after a day's end it may answer 503 until all writes of the day are stored.
#[utoipa::path(tag = "completion", params(YearPath, SummaryQuery, Paging), responses((status = 200, description = "A page of the summary, computed now.", body = CompletionSummary), NotModified, ApiError))]
#[get("/completion/{year}")]
pub async fn summarize_completion(
    state: Data<AppState>,
    caller: Caller,
    path: Path<YearPath>,
    conditional: Conditional,
    listing: Listing<SummaryQuery>,
) -> ApiResult<Computed<CompletionSummary>> {
    let Listing { filter: query, paging } = listing;
    let year = path.year.get();
    let asked = Asked { year, basis: query.basis, as_of: AsOf::new(&state, year, query.as_of)? };
    let list = asked.list(query.sort.list());
    let after: Option<Place> = paging.after(&list)?;
    let mut conn = state.conn().await?;
    let selection = Selection::fitting(&conn, &caller, &query.associations()).await?;
    let tag = store::tag(&mut conn, &conditional, &caller, &selection, &asked, &()).await?;
    drop(conn);
    if conditional.has(&tag) {
        return Ok(Computed::NotModified(tag));
    }
    let tallies = asked.as_of.ask(&state, async move |conn| store::tallies(conn, &selection, &asked).await).await?;
    let total = tallies.len();
    let rest = in_order(tallies, |tally| query.sort.place(tally), after.as_ref());
    let place = |(place, _): &(Place, Tally)| place.clone();
    let Page { items, next_cursor } = Page::of(&list, rest, paging.limit(), place, |(_, tally)| tally.to_line())?;
    let Asked { year, basis, as_of } = asked;
    Ok(Computed::Answer(CompletionSummary { year, as_of: as_of.moment.as_of, basis, total, items, next_cursor }, tag))
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
