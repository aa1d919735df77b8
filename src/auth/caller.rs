//! Who is calling, as an extractor, and the one place where roles and scopes are checked.

use std::future::{Ready, ready};

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{self, ServiceRequest, ServiceResponse};
use actix_web::http::header;
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest};
use uuid::Uuid;

use super::{Role, Secret, store};
use crate::error::{ApiError, ApiResult, Code, Language, Phrase};
use crate::http::{KeyName, RequestId};
use crate::state::AppState;

/// The key a request came with, found good. A handler with one in its signature is closed to strangers.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Names the actor in the ledger; none for the command line.
    pub key_id: Option<Uuid>,
    /// Name of the key.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// The part of the tree it reaches; none: everything.
    pub scope: Option<Scope>,
    /// The request it calls with; none for the command line.
    pub request_id: Option<String>,
}

/// A part of the tree: an association and all below it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// The association at its top.
    pub id: Uuid,
    /// Its code.
    pub code: String,
    /// Its path; everything in the scope has a path that starts with it.
    pub path: String,
}

/// The half-open range of paths that begin with `path`: one index range, whatever letters the codes hold.
pub fn subtree(path: &str) -> (String, String) {
    // '0' is the byte after '/', and every path ends in '/'.
    (path.to_owned(), format!("{}0", path.strip_suffix('/').unwrap_or(path)))
}

/// What a request wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Submit, amend or void an actual; submit or withdraw a nil report.
    SubmitActual,
    /// Verify or reject an actual.
    VerifyActual,
    /// Change many actuals at once; each change needs its own permission.
    ChangeActuals,
    /// Set, revise or remove a target.
    SetTarget,
    /// Create, change or delete an association.
    ManageAssociations,
    /// Create, change or delete an indicator; indicators are everybody's, so the key must reach everything.
    ManageIndicators,
    /// Create, list or revoke keys.
    ManageKeys,
    /// Close periods or open them again; they are closed for everybody, so the key must reach everything.
    ManageLocks,
    /// Set who has to report and when; everybody has to, so the key must reach everything.
    ManageReporting,
    /// Issue a bulletin about an association and all below it.
    IssueBulletin,
    /// Issue a bulletin about everybody, so the key must reach everything.
    IssueBulletinOnAll,
    /// Read who changed what.
    ReadAudit,
}

impl Permission {
    const fn roles(self) -> &'static [Role] {
        match self {
            Self::SubmitActual => &[Role::Reporter, Role::Admin],
            Self::ChangeActuals => &[Role::Reporter, Role::Verifier, Role::Admin],
            Self::SetTarget => &[Role::Planner, Role::Admin],
            Self::VerifyActual | Self::IssueBulletin | Self::IssueBulletinOnAll | Self::ReadAudit => {
                &[Role::Verifier, Role::Admin]
            }
            Self::ManageAssociations
            | Self::ManageIndicators
            | Self::ManageKeys
            | Self::ManageLocks
            | Self::ManageReporting => &[Role::Admin],
        }
    }

    /// Whether it is about what belongs to no association.
    const fn needs_everything(self) -> bool {
        matches!(self, Self::ManageIndicators | Self::ManageLocks | Self::ManageReporting | Self::IssueBulletinOnAll)
    }
}

impl Caller {
    /// Whoever has the command line has everything.
    pub fn command_line() -> Self {
        Self { key_id: None, name: "command line".to_owned(), role: Role::Admin, scope: None, request_id: None }
    }

    /// Whether an association with this path may be known to the caller.
    pub fn sees(&self, path: &str) -> bool {
        self.scope.as_ref().is_none_or(|scope| path.starts_with(&scope.path))
    }

    /// Goes on when the caller's role allows it. The place is checked where the association is found.
    ///
    /// # Errors
    /// `forbidden`, saying which roles may.
    pub fn require(&self, permission: Permission) -> ApiResult<()> {
        let roles = permission.roles();
        let reaches = !permission.needs_everything() || self.scope.is_none();
        if roles.contains(&self.role) && reaches {
            return Ok(());
        }
        let own = self.role.words();
        let given = self.scope.as_ref().map_or_else(
            || own.into(),
            |scope| Phrase::new(format!("{}，限于 {}", own.zh, scope.code), format!("{} of {}", own.en, scope.code)),
        );
        let named = |language, separator| {
            let words: Vec<_> = roles.iter().map(|role| role.words().get(language)).collect();
            words.join(separator)
        };
        let (chinese, english) = (named(Language::Chinese, "、"), named(Language::English, ", "));
        let allowed = if reaches {
            Phrase::new(chinese, english)
        } else {
            Phrase::new(format!("{chinese}，且不限范围"), format!("{english} without a scope"))
        };
        Err(ApiError::new(Code::Forbidden).given(given).allowed(allowed))
    }
}

/// Wraps everything below `/api/v1`: whatever a stranger sends, the answer is 401, and nothing of it is read.
///
/// # Errors
/// Only those of the inner service.
pub async fn authenticate<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, BoxBody>>, Error> {
    match identify(request.request()).await {
        Ok(caller) => {
            request.extensions_mut().insert(KeyName(caller.name.clone()));
            request.extensions_mut().insert(caller);
            Ok(next.call(request).await?.map_into_left_body())
        }
        Err(error) => Ok(request.error_response(error).map_into_right_body()),
    }
}

async fn identify(request: &HttpRequest) -> ApiResult<Caller> {
    let secret = bearer(request).ok_or_else(|| ApiError::new(Code::Unauthenticated))?;
    let state = request.app_data::<Data<AppState>>().ok_or_else(|| ApiError::internal("no state"))?;
    let caller = store::authenticate(&mut *state.conn().await?, &secret, state.now()).await?;
    let request_id = request.extensions().get::<RequestId>().map(|id| id.0.clone());
    Ok(Caller { request_id, ..caller })
}

impl FromRequest for Caller {
    type Error = ApiError;
    type Future = Ready<ApiResult<Self>>;

    fn from_request(request: &HttpRequest, _: &mut dev::Payload) -> Self::Future {
        ready(request.extensions().get::<Self>().cloned().ok_or_else(|| ApiError::new(Code::Unauthenticated)))
    }
}

fn bearer(request: &HttpRequest) -> Option<Secret> {
    let value = request.headers().get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, secret) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| Secret::parse(secret.trim()))?
}
