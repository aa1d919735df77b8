//! Which association is asked about, whether the client has the answer already, and else what its lines are made of.

use actix_web::web::Data;
use futures_util::future::{OptionFuture, join3};
use rust_decimal::Decimal;
use serde::Serialize;

use super::part::Part;
use super::{CompletionQuery, Detail, Excluded, store, subtree};
use crate::associations::store::{Found, find};
use crate::auth::Caller;
use crate::error::ApiResult;
use crate::http::{Conditional, EntityTag};
use crate::ledger::AsOf;
use crate::state::AppState;

/// What is asked.
pub(super) struct Question<'a> {
    pub caller: &'a Caller,
    pub code: &'a str,
    pub at: AsOf,
    pub query: CompletionQuery,
    pub conditional: &'a Conditional,
}

/// What was found.
pub(super) struct Gathered {
    pub association: Found,
    pub tag: EntityTag,
    /// What the lines are made of, and what has none; nothing where the client has the answer already.
    pub parts: Option<(Vec<Part>, Vec<Excluded>)>,
}

impl Question<'_> {
    /// What an answer follows from, beside the version of its data.
    fn tag(&self, version: &impl Serialize) -> ApiResult<EntityTag> {
        let risk: Decimal = self.at.moment.at_risk_ratio;
        self.conditional.tag(&(version, self.at.moment.as_of, risk.to_string()))
    }

    /// The association's own lines.
    ///
    /// # Errors
    /// `association_not_found` when there is none that the caller may know of; of a past day also those of
    /// [`AsOf::require_settled`].
    pub(super) async fn own(&self, state: &AppState) -> ApiResult<Gathered> {
        let conn = &mut *state.conn().await?;
        let (year, basis) = (self.at.moment.year, self.query.basis);
        let is_brief = self.query.detail == Detail::Brief && self.at.before.is_none();
        // Whoever has no answer yet gets one: all is asked for at once. The version first, so that it is never newer.
        let brief = (is_brief && !self.conditional.is_asked()).then(|| store::brief(conn, self.code, year, basis));
        let version = store::version(conn, self.code, year);
        let (association, version, brief) =
            join3(find(conn, self.caller, self.code), version, OptionFuture::from(brief)).await;
        let association = association?;
        let tag = self.tag(&version?)?;
        if self.conditional.has(&tag) {
            return Ok(Gathered { association, tag, parts: None });
        }
        self.at.require_settled(conn, state.now()).await?;
        let mut parts = match brief {
            Some(parts) => parts?,
            None if is_brief => store::brief(conn, self.code, year, basis).await?,
            None => store::full(conn, association.id(), &self.at, basis).await?,
        };
        store::fill_duties(conn, association.id(), &self.at, basis, &mut parts).await?;
        parts.sort_by(|one, other| one.indicator.place().cmp(&other.indicator.place()));
        Ok(Gathered { association, tag, parts: Some((parts, Vec::new())) })
    }

    /// The lines of the association and all below it.
    ///
    /// # Errors
    /// As [`Self::own`]; `total_out_of_range`, and `service_busy` for a past day.
    pub(super) async fn subtree(&self, state: &Data<AppState>) -> ApiResult<Gathered> {
        // Given back before another one is asked for: with as many requests as connections, each would wait for the next.
        let (association, version) = {
            let conn = state.conn().await?;
            let association = find(&conn, self.caller, self.code).await?;
            let version = subtree::version(&conn, &association.row.path, self.at.moment.year).await?;
            (association, version)
        };
        let (path, tag) = (association.row.path.clone(), self.tag(&version)?);
        if self.conditional.has(&tag) {
            return Ok(Gathered { association, tag, parts: None });
        }
        let (at, basis) = (self.at, self.query.basis);
        let (mut parts, not_additive) =
            at.ask(state, async move |conn: &mut _| subtree::parts(conn, &path, &at, basis).await).await?;
        parts.sort_by(|one, other| one.indicator.place().cmp(&other.indicator.place()));
        Ok(Gathered { association, tag, parts: Some((parts, not_additive)) })
    }
}
