//! A running service as the commands ask it, over plain HTTP. Blocks: asynchronous callers give it a thread.

use std::fs::File;
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;
use ureq::http::{HeaderMap, Request};
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::{Connector, DefaultConnector};
use ureq::{Agent, Error, SendBody};

use super::progress::Progress;
use super::wire::EarlyAnswers;
use super::words::Words;
use crate::batch::{BatchItem, Counts};
use crate::error::{Code, FieldProblem};
use crate::idempotency::REPLAYED;

/// How often a file is sent, and the longest wait before the next time.
const TRIES: u32 = 8;
const LONGEST_WAIT: u64 = 60;
const TO_CONNECT: Duration = Duration::from_secs(10);
/// How long a service may take no more of a file, or not answer, until it is held to be dead. Millions of rows are
/// settled in minutes, and no byte is heard meanwhile.
const TO_TAKE: Duration = Duration::from_secs(5 * 60);
const TO_ANSWER: Duration = Duration::from_secs(60 * 60);
/// Largest answer that is read: 10,000 items with what is wrong with each.
const LARGEST_ANSWER: u64 = 256 * 1024 * 1024;

/// A service and the key it is asked with.
#[derive(Clone)]
pub(super) struct Service {
    agent: Agent,
    base: String,
    key: String,
    words: Words,
}

/// A file to send.
pub(super) struct Parcel<'a> {
    /// Below the base, with its query.
    pub path: &'a str,
    pub file: &'a File,
    pub length: u64,
    pub media_type: &'a str,
    /// Under which it is safe to send once more.
    pub key: Option<&'a str>,
}

/// What became of a batch, in both of its forms: as an answer and as a problem.
#[derive(Debug, Deserialize)]
pub(super) struct Taken {
    pub counts: Counts,
    pub items: Vec<BatchItem>,
    /// How many rows were wrong, where they stopped the others.
    #[serde(default)]
    pub wrong: Option<i64>,
    /// Whether the service had answered this very file before.
    #[serde(skip)]
    pub is_replayed: bool,
}

/// What of a problem people are told.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Refusal {
    code: String,
    detail: String,
    errors: Vec<FieldProblem>,
}

/// A page of a list.
#[derive(Deserialize)]
pub(super) struct Page {
    pub items: Vec<Box<RawValue>>,
    pub next_cursor: Option<String>,
}

struct Reply {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Service {
    /// The service at an address.
    pub(super) fn new(address: &str, key: String, words: Words) -> Result<Self, String> {
        let base = address.trim_end_matches('/');
        if !base.starts_with("http://") {
            let hint = "TLS is not spoken here; run it beside the service, or through a tunnel";
            return Err(format!("the service {address} cannot be asked: http://host:port is needed ({hint})"));
        }
        let config = Agent::config_builder().http_status_as_error(false).timeout_connect(Some(TO_CONNECT));
        let config = config.timeout_per_write(Some(TO_TAKE)).timeout_per_read(Some(TO_ANSWER)).build();
        let connector = DefaultConnector::default().chain(EarlyAnswers);
        let agent = Agent::with_parts(config, connector, DefaultResolver::default());
        Ok(Self { agent, base: format!("{base}/api/v1"), key, words })
    }

    /// Whether the service is there and takes the key, before a large file is on its way.
    pub(super) fn check(&self) -> Result<(), String> {
        self.get("/me").map(|_| ())
    }

    /// A page of a list.
    pub(super) fn page(&self, path: &str) -> Result<Page, String> {
        serde_json::from_str(&self.get(path)?).map_err(|error| self.foreign(&error))
    }

    fn get(&self, path: &str) -> Result<String, String> {
        let request = self.request("GET", path).body(()).map_err(|error| self.unreachable(&error.into()))?;
        let reply = self.agent.run(request).and_then(Reply::read).map_err(|error| self.unreachable(&error))?;
        if reply.status == 200 { Ok(reply.body) } else { Err(reply.refusal().sentence()) }
    }

    /// Sends a file, and again where nobody knows what became of it.
    pub(super) fn send(&self, parcel: &Parcel<'_>, progress: &Progress) -> Result<Taken, String> {
        let mut tries = 1;
        loop {
            let (tried, asked) = match self.try_to_send(parcel, progress) {
                Ok(reply) if reply.status == 200 => {
                    let taken = self.taken(&reply)?;
                    // What answers a further try is the lost answer to this very call.
                    return Ok(Taken { is_replayed: taken.is_replayed && tries == 1, ..taken });
                }
                Ok(reply) => {
                    let refusal = reply.refusal();
                    if refusal.code == Code::BatchRejected.as_ref() {
                        return self.taken(&reply);
                    }
                    let is_passing = reply.status == 503 || refusal.code == Code::RequestInProgress.as_ref();
                    if !is_passing {
                        return Err(refusal.sentence());
                    }
                    (refusal.sentence(), reply.retry_after())
                }
                Err(error) => (self.unreachable(&error), None),
            };
            if tries == TRIES {
                return Err(tried);
            }
            let wait = asked.unwrap_or(1 << (tries - 1)).min(LONGEST_WAIT);
            progress.tell(&self.words.tried(&tried, wait));
            std::thread::sleep(Duration::from_secs(wait));
            tries += 1;
        }
    }

    fn try_to_send(&self, parcel: &Parcel<'_>, progress: &Progress) -> Result<Reply, Error> {
        let mut file = progress.counted(parcel.file);
        std::io::Seek::rewind(&mut file)?;
        let mut request = self.request("POST", parcel.path).header("Content-Type", parcel.media_type);
        request = request.header("Content-Length", parcel.length);
        if let Some(key) = parcel.key {
            request = request.header("Idempotency-Key", key);
        }
        self.agent.run(request.body(SendBody::from_reader(&mut file))?).and_then(Reply::read)
    }

    fn request(&self, method: &str, path: &str) -> ureq::http::request::Builder {
        let language = self.words.0.tag();
        let request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        request.header("Authorization", format!("Bearer {}", self.key)).header("Accept-Language", language)
    }

    fn taken(&self, reply: &Reply) -> Result<Taken, String> {
        let taken: Taken = serde_json::from_str(&reply.body).map_err(|error| self.foreign(&error))?;
        Ok(Taken { is_replayed: reply.headers.contains_key(REPLAYED), ..taken })
    }

    fn unreachable(&self, error: &Error) -> String {
        format!("the service {} cannot be reached: {error}", self.base)
    }

    fn foreign(&self, error: &serde_json::Error) -> String {
        format!("{} does not answer as this service does: {error}", self.base)
    }
}

impl Reply {
    fn read(mut response: ureq::http::Response<ureq::Body>) -> Result<Self, Error> {
        let body = response.body_mut().with_config().limit(LARGEST_ANSWER).read_to_string()?;
        Ok(Self { status: response.status().as_u16(), headers: response.headers().clone(), body })
    }

    fn refusal(&self) -> Refusal {
        let told: Option<Refusal> = serde_json::from_str(&self.body).ok();
        told.unwrap_or_else(|| Refusal { detail: format!("HTTP {}", self.status), ..Refusal::default() })
    }

    fn retry_after(&self) -> Option<u64> {
        self.headers.get("Retry-After")?.to_str().ok()?.parse().ok()
    }
}

impl Refusal {
    fn sentence(&self) -> String {
        let errors: String = self.errors.iter().map(|error| format!(" {}: {}", error.pointer, error.detail)).collect();
        let code = if self.code.is_empty() { "refused" } else { &self.code };
        format!("{code}: {}{errors}", self.detail)
    }
}
