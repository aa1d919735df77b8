//! Signing in with a key, signing out, and the choice of a language.

use std::net::IpAddr;
use std::num::NonZeroU32;

use actix_web::cookie::time::Duration;
use actix_web::cookie::{Cookie, SameSite};
use actix_web::http::{StatusCode, header};
use actix_web::web::Data;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, get, post};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use maud::{Markup, html};
use serde::Deserialize;
use validator::Validate;

use super::layout;
use super::visit::{LANGUAGE, SESSION, Visit, held};
use crate::auth::{Secret, session, store};
use crate::error::{ApiError, ApiResult, Code, Language};
use crate::http::{KeyName, parse_query};
use crate::state::AppState;

/// Attempts to sign in from one address, at once and per minute. A key has 256 random bits; this keeps guessing from being
/// work for the database.
const ATTEMPTS: NonZeroU32 = NonZeroU32::MIN.saturating_add(19);

/// So many addresses are remembered before those are forgotten that have all their attempts again.
const MOST_ADDRESSES: usize = 10_000;

/// Who tried to sign in lately; shared by all workers.
pub struct Attempts {
    limiter: DefaultKeyedRateLimiter<IpAddr>,
    clock: DefaultClock,
}

impl Default for Attempts {
    fn default() -> Self {
        Self { limiter: RateLimiter::keyed(Quota::per_minute(ATTEMPTS)), clock: DefaultClock::default() }
    }
}

impl Attempts {
    fn take(&self, address: IpAddr) -> ApiResult<()> {
        if self.limiter.len() > MOST_ADDRESSES {
            self.limiter.retain_recent();
        }
        self.limiter.check_key(&address).map_err(|until| {
            let seconds = until.wait_time_from(self.clock.now()).as_secs() + 1;
            ApiError::new(Code::TooManyAttempts).allowed(seconds)
        })
    }
}

/// What the form sends, and where the door leads to.
#[derive(Deserialize, Validate)]
struct Door {
    #[serde(default)]
    key: String,
    #[serde(default)]
    next: String,
}

/// Only to a page of this service.
fn local(path: &str) -> &str {
    // Browsers drop what is not printed from an address, so that "/<tab>/host" leads to a host.
    let is_plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    let is_local = path.starts_with('/') && !path.starts_with("//");
    if is_plain && is_local { path } else { "/" }
}

/// The door.
///
/// # Errors
/// None.
#[get("/sign-in")]
pub async fn show_sign_in(request: HttpRequest) -> ApiResult<Markup> {
    let visit = Visit::of(&request);
    let next = visit.asked("next").unwrap_or_default();
    Ok(form(&visit, local(&next), None))
}

/// Opens a session for a good key, and goes where its holder wanted to.
///
/// # Errors
/// `database_unavailable` and the like; what is wrong with the key stands on the page.
#[post("/sign-in")]
pub async fn sign_in(
    request: HttpRequest,
    state: Data<AppState>,
    attempts: Data<Attempts>,
    body: String,
) -> ApiResult<HttpResponse> {
    let visit = Visit::of(&request);
    let door: Door = parse_query(&body)?;
    let next = local(&door.next);
    let opened = async {
        // Whoever has no address speaks through no network.
        request.peer_addr().map_or(Ok(()), |from| attempts.take(from.ip()))?;
        let key = Secret::parse(door.key.trim()).ok_or_else(|| ApiError::new(Code::Unauthenticated))?;
        let mut conn = state.conn().await?;
        let caller = store::authenticate(&mut conn, &key, state.now()).await?;
        request.extensions_mut().insert(KeyName(caller.name.clone()));
        session::open(&mut conn, &caller, state.now()).await
    };
    match opened.await {
        Ok(secret) => {
            let lifetime = Duration::seconds(session::LIFETIME.num_seconds());
            let cookie = cookie(&request, SESSION, secret.reveal()).http_only(true).max_age(lifetime).finish();
            Ok(see(next).cookie(cookie).finish())
        }
        Err(error) if [Code::Unauthenticated, Code::TooManyAttempts].contains(&error.code()) => {
            Ok(refused(&visit, next, &error))
        }
        Err(error) => Err(error),
    }
}

/// Ends the session, also on the server: what the browser held opens nothing any more.
///
/// # Errors
/// `database_unavailable` and the like: then the session goes on.
#[post("/sign-out")]
pub async fn sign_out(request: HttpRequest, state: Data<AppState>) -> ApiResult<HttpResponse> {
    if let Some(secret) = held(&request) {
        session::close(&mut *state.conn().await?, &secret).await?;
    }
    let mut gone = cookie(&request, SESSION, String::new()).http_only(true).finish();
    gone.make_removal();
    Ok(see("/sign-in").cookie(gone).finish())
}

/// What the switch of languages sends.
#[derive(Deserialize, Validate)]
struct Choice {
    language: String,
    #[serde(default)]
    next: String,
}

/// Keeps the choice for a year, and shows the same page again.
///
/// # Errors
/// `invalid_parameter` for what is no form of ours.
#[post("/language")]
pub async fn choose_language(request: HttpRequest, body: String) -> ApiResult<HttpResponse> {
    let choice: Choice = parse_query(&body)?;
    let is_english = choice.language == Language::English.tag();
    let language = if is_english { Language::English } else { Language::Chinese };
    let kept = cookie(&request, LANGUAGE, language.tag().to_owned()).http_only(true).max_age(Duration::days(365));
    Ok(see(local(&choice.next)).cookie(kept.finish()).finish())
}

/// Sent to this service alone, and never over a plain connection where the visitor has another one.
fn cookie(request: &HttpRequest, name: &'static str, value: String) -> actix_web::cookie::CookieBuilder<'static> {
    let is_secure = request.connection_info().scheme() == "https";
    Cookie::build(name, value).path("/").same_site(SameSite::Strict).secure(is_secure)
}

fn see(path: &str) -> actix_web::HttpResponseBuilder {
    let mut response = HttpResponse::SeeOther();
    response.insert_header((header::LOCATION, path));
    response
}

fn refused(visit: &Visit, next: &str, error: &ApiError) -> HttpResponse {
    let problem = error.problem(visit.language, "");
    let why = match error.code() {
        Code::Unauthenticated => visit.say(
            "密钥无效：可能输错、已过期或已停用。请核对后重试，或向管理员索取新密钥。",
            "This key is not valid: mistyped, expired or revoked. Check it, or ask an admin for a new one.",
        ),
        _ => &problem.detail,
    };
    let status = StatusCode::from_u16(problem.status).unwrap_or(StatusCode::UNAUTHORIZED);
    let mut response = HttpResponse::build(status);
    if let Some(seconds) = error.allowed_values() {
        response.insert_header((header::RETRY_AFTER, seconds));
    }
    response.content_type("text/html; charset=utf-8").body(form(visit, next, Some(why)).into_string())
}

fn form(visit: &Visit, next: &str, why: Option<&str>) -> Markup {
    let content = html! {
        section .door {
            h1 { (visit.say("目标任务完成情况", "Plans and completion")) }
            p .quiet { (visit.say("请用管理员发给您的密钥登录。", "Sign in with the key your admin gave you.")) }
            form method="post" action="/sign-in" {
                @if let Some(why) = why {
                    p #why .wrong role="alert" { (why) }
                }
                input type="hidden" name="next" value=(next);
                label for="key" { (visit.say("密钥", "Key")) }
                input #key type="password" name="key" required autofocus autocomplete="current-password"
                    placeholder="kpi_…" spellcheck="false" aria-describedby=[why.map(|_| "why")];
                button type="submit" { (visit.say("登录", "Sign in")) }
            }
            p .quiet { (visit.say("登录在12小时后失效；公用电脑请用完退出。", "You stay signed in for 12 hours; on a shared computer, sign out.")) }
        }
    };
    layout::open_page(visit, visit.say("登录", "Sign in"), &content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_door_leads_nowhere_else() {
        assert_eq!(local("/overview/2018?q=x"), "/overview/2018?q=x");
        for foreign in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "",
            "overview",
            "/a\r\nX: y",
            "/\t/evil.example",
            "/学会",
            "/\u{1}",
        ] {
            assert_eq!(local(foreign), "/", "{foreign}");
        }
    }

    #[test]
    fn an_address_runs_out_of_attempts_and_others_do_not() {
        let attempts = Attempts::default();
        let [one, other] = ["192.0.2.1", "192.0.2.2"].map(|address| address.parse().expect("an address"));
        for _ in 0..ATTEMPTS.get() {
            assert!(attempts.take(one).is_ok());
        }
        let refused = attempts.take(one).expect_err("too many");
        assert_eq!(refused.code(), Code::TooManyAttempts);
        assert!(attempts.take(other).is_ok());
    }
}
