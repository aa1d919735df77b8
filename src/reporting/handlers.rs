//! Routes of reporting.

use actix_web::web::Data;
use actix_web::{get, post, put};
use uuid::Uuid;

use super::{
    NilReport, NilReportPath, NilReportQuery, PutSchedule, Reporting, ReportingPath, ReportingQuery, Schedule,
    SubmitNilReport, WithdrawNilReport, answer, nil_reports, schedules,
};
use crate::associations;
use crate::auth::{Caller, Permission};
use crate::error::{ApiError, ApiResult};
use crate::http::{Answer, IfMatch, Listing, Page, Paging, Path, ResourceCode, Valid};
use crate::state::AppState;

/// Show who reported in a year.
///
/// For each period of the schedule, how many associations reported (报送率) and how many in time (及时率), and for each
/// association, what is missing and what came late. A period is reported when an actual that still counts ends in it, or
/// a nil report stands for it; in time when the first of these came by the end of the due day, in the service's time
/// zone. From the end of a period to its due day nothing is missing yet. Dissolved associations are not expected, nor
/// any association in a period that was over before it was stored here. The periods' figures are over everybody that the
/// filters name, in the key's scope; `items` are those by code.
#[utoipa::path(tag = "reporting", params(ReportingPath, ReportingQuery, Paging), responses((status = 200, description = "How the reporting stands now.", body = Reporting), ApiError))]
#[get("/reporting/{year}")]
pub async fn show_reporting(
    state: Data<AppState>,
    caller: Caller,
    path: Path<ReportingPath>,
    listing: Listing<ReportingQuery>,
) -> ApiResult<Answer<Reporting>> {
    Ok(Answer::ok(answer::reporting(&state, &caller, path.year, listing).await?))
}

/// Show the reporting schedule of a year.
///
/// Who has to report, how often, and how many days after the end of a period.
#[utoipa::path(tag = "reporting", params(ReportingPath), responses((status = 200, description = "The schedule.", body = Schedule), ApiError))]
#[get("/reporting/{year}/schedule")]
pub async fn show_schedule(
    state: Data<AppState>,
    caller: Caller,
    path: Path<ReportingPath>,
) -> ApiResult<Answer<Schedule>> {
    let found = schedules::find(&mut *state.conn().await?, path.year).await?;
    Ok(found.into_answer(&caller))
}

/// Create or replace the reporting schedule of a year.
///
/// 201 when it is new, 200 when it was replaced; the same body twice changes nothing. It holds for the whole year, for
/// what was reported before too. For admins without a scope.
#[utoipa::path(tag = "reporting", params(ReportingPath), request_body = PutSchedule, responses((status = 200, description = "It was replaced, or was so already.", body = Schedule), (status = 201, description = "It is new.", body = Schedule), ApiError))]
#[put("/reporting/{year}/schedule")]
pub async fn put_schedule(
    state: Data<AppState>,
    caller: Caller,
    path: Path<ReportingPath>,
    condition: IfMatch,
    body: Valid<PutSchedule>,
) -> ApiResult<Answer<Schedule>> {
    caller.require(Permission::ManageReporting)?;
    let mut conn = state.conn().await?;
    schedules::put(&mut conn, &caller, path.year, &condition, &body.into_inner(), state.now()).await
}

/// Submit a nil report.
///
/// Says that there is nothing to report of a period (零报告), whether the association is among those expected or not.
/// Safe to repeat: while it stands, the same period and note answer 200 and the stored one, another note 409. Beside an
/// actual of the period it changes nothing but who was first.
#[utoipa::path(tag = "reporting", params(("association" = ResourceCode, Path, description = "Code of the association that reports.", example = "chuzhou")), request_body = SubmitNilReport, responses((status = 200, description = "It was stored before.", body = NilReport), (status = 201, description = "It is stored.", body = NilReport), ApiError))]
#[post("/associations/{association}/nil-reports")]
pub async fn submit_nil_report(
    state: Data<AppState>,
    caller: Caller,
    path: Path<ResourceCode>,
    body: Valid<SubmitNilReport>,
) -> ApiResult<Answer<NilReport>> {
    let mut conn = state.conn().await?;
    let association = associations::store::find(&conn, &caller, &path).await?;
    caller.require(Permission::SubmitActual)?;
    nil_reports::submit(&mut conn, &state, &caller, &association, &body.into_inner()).await
}

/// List nil reports.
///
/// In the order they were reported, withdrawn ones included.
#[utoipa::path(tag = "reporting", params(("association" = ResourceCode, Path, description = "Code of the association that reports.", example = "chuzhou"), NilReportQuery, Paging), responses((status = 200, description = "A page of nil reports.", body = Page<NilReport>), ApiError))]
#[get("/associations/{association}/nil-reports")]
pub async fn list_nil_reports(
    state: Data<AppState>,
    caller: Caller,
    path: Path<ResourceCode>,
    listing: Listing<NilReportQuery>,
) -> ApiResult<Answer<Page<NilReport>>> {
    let mut conn = state.conn().await?;
    let association = associations::store::find(&conn, &caller, &path).await?;
    let Listing { filter, paging } = listing;
    let after: Option<Uuid> = paging.after("nil-reports")?;
    let rows = nil_reports::list(&mut conn, &association, filter.year, after, paging.limit() + 1).await?;
    Ok(Answer::ok(Page::of("nil-reports", rows, paging.limit(), |report| report.id, |report| report)?))
}

/// Withdraw a nil report.
///
/// It stays readable and stands for nothing any more; another one may follow. A second time, nothing changes.
#[utoipa::path(tag = "reporting", params(NilReportPath), request_body = WithdrawNilReport, responses((status = 200, description = "The nil report, withdrawn.", body = NilReport), ApiError))]
#[post("/associations/{association}/nil-reports/{id}/withdraw")]
pub async fn withdraw_nil_report(
    state: Data<AppState>,
    caller: Caller,
    path: Path<NilReportPath>,
    condition: IfMatch,
    body: Valid<WithdrawNilReport>,
) -> ApiResult<Answer<NilReport>> {
    let mut conn = state.conn().await?;
    let association = associations::store::find(&conn, &caller, &path.association).await?;
    caller.require(Permission::SubmitActual)?;
    let WithdrawNilReport { reason } = body.into_inner();
    nil_reports::withdraw(&mut conn, &state, &caller, &association, path.id, &condition, &reason).await
}
