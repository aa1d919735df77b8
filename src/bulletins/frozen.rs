//! What a bulletin freezes, all of it as of one moment.

use chrono::{DateTime, Utc};
use diesel_async::AsyncPgConnection;

use super::{Bulletin, BulletinReporting, CreateBulletin};
use crate::associations::selection::Selection;
use crate::auth::Caller;
use crate::completion::StatusCounts;
use crate::error::{ApiError, ApiResult};
use crate::http::Limit;
use crate::indicators::store::catalog;
use crate::laggards::Laggard;
use crate::laggards::standing::{self, Standing};
use crate::ledger::AsOf;
use crate::rankings::store::{Candidate, Ranked, rank, ranked_count};
use crate::reporting::ReportingQuery;
use crate::reporting::answer::latest_due;
use crate::standings::Overall;
use crate::standings::order::{Place, in_order};
use crate::standings::store::{Asked, Tally, replay, tallies, tally};
use crate::state::AppState;

/// So many of the targets furthest behind the pace.
pub(super) const LAGGARDS: u16 = 20;

/// So many of those who have not reported; how many there are stands beside them.
const MISSING: Limit = 500;

/// The tables of a bulletin that has no number yet.
///
/// # Errors
/// `unknown_association` where its scope is none that the caller may see.
pub(super) async fn frozen(
    conn: &mut AsyncPgConnection,
    state: &AppState,
    caller: &Caller,
    body: &CreateBulletin,
    as_of: AsOf,
    now: DateTime<Utc>,
) -> ApiResult<Bulletin> {
    let asked = Asked { year: body.year.get(), basis: body.basis, as_of };
    let associations = Selection::fitting(conn, caller, &body.associations()).await?;
    let (tallies, (counts, laggards)) = match as_of.before {
        Some(before) => then(conn, &associations, &asked, before).await?,
        None => {
            let tallies = tallies(conn, &associations, &asked).await?;
            (tallies, standing::now(conn, &associations, as_of, body.basis, LAGGARDS).await?)
        }
    };
    let reporting = reporting(conn, state, caller, body, as_of).await?;
    let total = i32::try_from(tallies.len()).map_err(ApiError::internal)?;
    let overall = Overall::of(&tallies);
    let by_code = in_order(tallies, |tally| Place::new(None, "", &tally.member.code), None);
    let summary = by_code.iter().map(|(_, tally)| tally.to_line()).collect();
    let peers = rank(by_code.into_iter().map(|(_, tally)| Candidate::from(tally)).collect());
    let of = ranked_count(&peers);
    let ranking = in_order(peers, Ranked::place, None).into_iter().map(|(_, peer)| peer.to_line(false)).collect();
    Ok(Bulletin {
        year: asked.year,
        number: 0,
        title: body.title.clone(),
        scope: body.scope.as_ref().map(ToString::to_string),
        kind: body.kind,
        level: body.level,
        audience: body.audience,
        as_of: as_of.moment.as_of,
        basis: body.basis,
        total,
        issued_at: now,
        summary,
        of,
        ranking,
        overall: Some(overall),
        counts: Some(counts),
        laggards: Some(laggards),
        reporting,
    })
}

/// How they stood on a past day. The ledger of many associations takes long to read, so it is read once for all tables.
async fn then(
    conn: &mut AsyncPgConnection,
    associations: &Selection,
    asked: &Asked,
    before: DateTime<Utc>,
) -> ApiResult<(Vec<Tally>, (StatusCounts, Vec<Laggard>))> {
    let catalog = catalog(conn).await?;
    let (mut tallies, mut standing) = (Vec::new(), Standing::new(asked.as_of, asked.basis, LAGGARDS));
    replay(conn, associations, asked.year, before, &catalog, |member, lines| {
        standing.add(&catalog, (&member.code, &member.name), lines)?;
        tallies.push(tally(&catalog, member, lines, asked.basis));
        Ok(())
    })
    .await?;
    Ok((tallies, standing.into_parts()))
}

/// Who reported; nothing is known of that about a day that is over.
async fn reporting(
    conn: &mut AsyncPgConnection,
    state: &AppState,
    caller: &Caller,
    body: &CreateBulletin,
    as_of: AsOf,
) -> ApiResult<Option<BulletinReporting>> {
    if as_of.moment.as_of != state.today() {
        return Ok(None);
    }
    let (within, kind, level) = (body.scope.clone(), body.kind, body.level);
    let who = ReportingQuery { within, kind, level, ..ReportingQuery::default() };
    let found = latest_due(conn, state, caller, body.year, &who, MISSING).await?;
    Ok(found.map(|(period, missing)| BulletinReporting { period, missing }))
}
