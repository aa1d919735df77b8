//! Routes of rankings.

use actix_web::get;
use actix_web::web::Data;
use diesel_async::AsyncPgConnection;

use super::store::{Ranked, rank, ranked_count};
use super::{OwnRank, Peers, Ranking, RankingQuery, Unranked, store};
use crate::associations::selection::Selection;
use crate::auth::Caller;
use crate::error::{ApiError, ApiResult};
use crate::http::{Computed, Conditional, Listing, NotModified, Page, Paging, Path, Query};
use crate::indicators::store::Found as Indicator;
use crate::ledger::AsOf;
use crate::standings::order::{Place, in_order};
use crate::standings::store::{Asked, tag};
use crate::standings::{ListedAssociation, YearPath};
use crate::state::AppState;
use crate::targets::PlanPath;
use crate::{associations, indicators};

/// Names the list for its cursors.
const LIST: &str = "ranking";

/// Rank associations.
///
/// Standard competition ranking (1-2-2-4) by score, or by the rate of an `indicator`; ties are listed by name, and after the
/// ranked ones those without a rank, each with the reason. Ranks are always over all peers, whatever the page: they are the
/// associations the key may see that fit; a dissolved one only where it has a target in the year. For a past day the
/// ledger is read again, which takes longer.
#[utoipa::path(tag = "completion", params(YearPath, RankingQuery, Paging), responses((status = 200, description = "A page of the ranking, computed now.", body = Ranking), NotModified, ApiError))]
#[get("/rankings/{year}")]
pub async fn rank_associations(
    state: Data<AppState>,
    caller: Caller,
    path: Path<YearPath>,
    conditional: Conditional,
    listing: Listing<RankingQuery>,
) -> ApiResult<Computed<Ranking>> {
    let Listing { filter: query, paging } = listing;
    let year = path.year.get();
    let asked = Asked { year, basis: query.basis, as_of: AsOf::new(&state, year, query.as_of)? };
    let list = asked.list(LIST);
    let after: Option<Place> = paging.after(&list)?;
    let mut conn = state.conn().await?;
    let selection = Selection::fitting(&conn, &caller, &query.associations()).await?;
    let indicator = find_indicator(&conn, &query).await?;
    let version = indicator.as_ref().map(|indicator| indicator.tag().to_string());
    let tag = tag(&mut conn, &conditional, &caller, &selection, &asked, &version).await?;
    drop(conn);
    if conditional.has(&tag) {
        return Ok(Computed::NotModified(tag));
    }
    let by = indicator.map(|indicator| indicator.row);
    let candidates =
        asked.as_of.ask(&state, async move |conn| store::candidates(conn, &selection, &asked, by.as_ref()).await);
    let peers = rank(candidates.await?);
    let (total, of) = (peers.len(), ranked_count(&peers));
    let rest = in_order(peers, Ranked::place, after.as_ref());
    let is_by_indicator = query.indicator.is_some();
    let place = |(place, _): &(Place, Ranked)| place.clone();
    let Page { items, next_cursor } =
        Page::of(&list, rest, paging.limit(), place, |(_, peer)| peer.to_line(is_by_indicator))?;
    let indicator = query.indicator.map(|code| code.to_string());
    let (as_of, basis) = (asked.as_of.moment.as_of, asked.basis);
    Ok(Computed::Answer(Ranking { year, as_of, basis, indicator, of, total, items, next_cursor }, tag))
}

/// Show an association's rank.
///
/// Among those with the same parent, kind and level, also where the key may not see them: it is told how many they are
/// and how many are better, and nothing of who they are. Any of `parent`, `within`, `kind` and `level` replaces these peers
/// altogether; then it is the association's line of `/rankings/{year}` with the same parameters, among those the key may see.
#[utoipa::path(tag = "completion", params(PlanPath, RankingQuery), responses((status = 200, description = "The rank, computed now.", body = OwnRank), NotModified, ApiError))]
#[get("/associations/{association}/rank/{year}")]
pub async fn show_rank(
    state: Data<AppState>,
    caller: Caller,
    path: Path<PlanPath>,
    conditional: Conditional,
    query: Query<RankingQuery>,
) -> ApiResult<Computed<OwnRank>> {
    let (year, query) = (path.year.get(), query.into_inner());
    let asked = Asked { year, basis: query.basis, as_of: AsOf::new(&state, year, query.as_of)? };
    let mut conn = state.conn().await?;
    let association = associations::store::find(&conn, &caller, &path.association).await?;
    let selection = match query.names_peers() {
        true => Selection::fitting(&conn, &caller, &query.associations()).await?,
        false => Selection::peers_of(&association),
    };
    let indicator = find_indicator(&conn, &query).await?;
    let version = indicator.as_ref().map(|indicator| indicator.tag().to_string());
    let version = (version, association.tag().to_string());
    let tag = tag(&mut conn, &conditional, &caller, &selection, &asked, &version).await?;
    drop(conn);
    if conditional.has(&tag) {
        return Ok(Computed::NotModified(tag));
    }
    let by = indicator.map(|indicator| indicator.row);
    let candidates =
        asked.as_of.ask(&state, async move |conn| store::candidates(conn, &selection, &asked, by.as_ref()).await);
    let candidates = candidates.await?;
    let own = candidates.iter().find(|candidate| candidate.member.id == association.id());
    let value = own.map_or(Err(Unranked::NotAPeer), |own| own.value);
    let peers = rank(candidates);
    let own = peers.iter().find(|peer| peer.candidate.member.id == association.id()).and_then(|peer| peer.rank);
    let is_by_indicator = query.indicator.is_some();
    let answer = OwnRank {
        association: listed(&association),
        year,
        as_of: asked.as_of.moment.as_of,
        basis: asked.basis,
        rank: own.map(|own| own.rank),
        of: ranked_count(&peers),
        tied: own.map(|own| own.tied),
        score: value.ok().filter(|_| !is_by_indicator),
        rate: value.ok().filter(|_| is_by_indicator),
        reason: value.err(),
        peers: describe(&association, &query, peers.len()),
        indicator: query.indicator.map(|code| code.to_string()),
    };
    Ok(Computed::Answer(answer, tag))
}

async fn find_indicator(conn: &AsyncPgConnection, query: &RankingQuery) -> ApiResult<Option<Indicator>> {
    match &query.indicator {
        Some(code) => indicators::store::find_named(conn, "?indicator", code).await.map(Some),
        None => Ok(None),
    }
}

fn listed(association: &associations::store::Found) -> ListedAssociation {
    ListedAssociation {
        code: association.code().to_owned(),
        name: association.name().to_owned(),
        kind: association.kind(),
        level: association.level(),
    }
}

fn describe(association: &associations::store::Found, query: &RankingQuery, total: usize) -> Peers {
    if query.names_peers() {
        let [parent, within] = [&query.parent, &query.within].map(|code| code.as_ref().map(ToString::to_string));
        return Peers { usual: false, parent, within, kind: query.kind, level: query.level, total };
    }
    Peers {
        usual: true,
        parent: association.parent().map(ToOwned::to_owned),
        within: None,
        kind: Some(association.kind()),
        level: Some(association.level()),
        total,
    }
}
