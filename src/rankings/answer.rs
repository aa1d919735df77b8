//! The answers to who leads, and which rank an association has, whoever asks.

use actix_web::web::Data;
use diesel_async::AsyncPgConnection;

use super::store::{Ranked, rank, ranked_count};
use super::{OwnRank, Peers, Ranking, RankingQuery, Unranked, store, table};
use crate::associations::selection::Selection;
use crate::auth::Caller;
use crate::error::{ApiResult, Language};
use crate::exports;
use crate::http::{Computed, Conditional, Formatted, Listing, Page, Representation};
use crate::indicators::store::Found as Indicator;
use crate::ledger::AsOf;
use crate::standings::ListedAssociation;
use crate::standings::order::{Place, in_order};
use crate::standings::store::{Asked, tag};
use crate::state::AppState;
use crate::targets::PlanPath;
use crate::{associations, indicators};

/// Names the list for its cursors.
const LIST: &str = "ranking";

/// Ranks the associations that fit.
///
/// # Errors
/// `unknown_association` or `unknown_indicator` for what the query names; `invalid_cursor`; `out_of_range` for a day to
/// come.
pub(crate) async fn ranking(
    state: &Data<AppState>,
    caller: &Caller,
    year: i16,
    listing: Listing<RankingQuery>,
    conditional: &Conditional,
) -> ApiResult<Computed<Ranking>> {
    let Listing { filter: query, paging } = listing;
    let asked = Asked { year, basis: query.basis, as_of: AsOf::new(state, year, query.as_of)? };
    let list = asked.list(LIST);
    let after: Option<Place> = paging.after(&list)?;
    let mut conn = state.conn().await?;
    let selection = Selection::fitting(&conn, caller, &query.associations()).await?;
    let indicator = find_indicator(&conn, &query).await?;
    let version = indicator.as_ref().map(|indicator| indicator.tag().to_string());
    let tag = tag(&mut conn, conditional, caller, &selection, &asked, &version).await?;
    drop(conn);
    if conditional.has(&tag) {
        return Ok(Computed::NotModified(tag));
    }
    let by = indicator.map(|indicator| indicator.row);
    let candidates = async move |conn: &mut _| store::candidates(conn, &selection, &asked, by.as_ref()).await;
    let peers = rank(asked.as_of.ask_list(state, &paging, candidates).await?);
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

/// The rank of one association among its peers.
///
/// # Errors
/// `association_not_found`, and those of [`ranking`].
pub(crate) async fn own_rank(
    state: &Data<AppState>,
    caller: &Caller,
    path: &PlanPath,
    query: RankingQuery,
    conditional: &Conditional,
) -> ApiResult<Computed<OwnRank>> {
    let year = path.year.get();
    let asked = Asked { year, basis: query.basis, as_of: AsOf::new(state, year, query.as_of)? };
    let mut conn = state.conn().await?;
    let association = associations::store::find(&conn, caller, &path.association).await?;
    let selection = match query.names_peers() {
        true => Selection::fitting(&conn, caller, &query.associations()).await?,
        false => Selection::peers_of(&association),
    };
    let indicator = find_indicator(&conn, &query).await?;
    let version = indicator.as_ref().map(|indicator| indicator.tag().to_string());
    let version = (version, association.tag().to_string());
    let tag = tag(&mut conn, conditional, caller, &selection, &asked, &version).await?;
    drop(conn);
    if conditional.has(&tag) {
        return Ok(Computed::NotModified(tag));
    }
    let by = indicator.map(|indicator| indicator.row);
    let candidates =
        asked.as_of.ask(state, async move |conn| store::candidates(conn, &selection, &asked, by.as_ref()).await);
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

/// What an indicator is called.
///
/// # Errors
/// `unknown_indicator`.
pub(super) async fn indicator_name(state: &AppState, code: &str) -> ApiResult<String> {
    let conn = state.conn().await?;
    Ok(indicators::store::find_named(&conn, "?indicator", code).await?.row.name)
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
        status: association.status(),
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

/// The same, as it is wanted: as JSON, or as a file of every line.
///
/// # Errors
/// As [`ranking`]; `too_many_for_file`, `service_busy`.
pub(crate) async fn represented(
    state: &Data<AppState>,
    caller: &Caller,
    year: i16,
    asked: Formatted<Listing<RankingQuery>>,
    language: Language,
    conditional: &Conditional,
) -> ApiResult<Computed<Representation<Ranking>>> {
    let Formatted { format, question } = asked;
    let wanted = exports::Wanted::list(state, format).await?;
    let query = question.filter.clone();
    let ranking = ranking(state, caller, year, question, conditional).await?;
    let indicator = match format.and(query.indicator.as_ref()) {
        Some(code) => Some(indicator_name(state, code).await?),
        None => None,
    };
    let lay_out = move |ranking| table::table(ranking, &query, indicator.as_deref(), language);
    exports::represent(state, wanted, ranking, format!("ranking-{year}"), lay_out).await
}
