//! Somebody who calls the service, and what they get.

use std::net::SocketAddr;

use serde_json::Value;
use ureq::http::{HeaderMap, Request, Response};
use ureq::{Agent, Body};

/// A caller with a key, or without one.
#[derive(Clone)]
pub struct Person {
    agent: Agent,
    address: SocketAddr,
    secret: Option<String>,
}

/// What somebody got.
#[derive(Debug)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub text: String,
    /// The body as JSON; null where it is none.
    pub body: Value,
}

impl Person {
    pub(super) fn new(address: SocketAddr, secret: Option<String>) -> Self {
        let agent = Agent::config_builder().http_status_as_error(false).allow_non_standard_methods(true).build();
        Self { agent: agent.into(), address, secret }
    }

    /// Somebody with this secret at the same service.
    pub fn with_secret(&self, secret: &str) -> Self {
        Self { secret: Some(secret.to_owned()), ..self.clone() }
    }

    /// The secret of the key, empty without one.
    pub fn secret(&self) -> &str {
        self.secret.as_deref().unwrap_or_default()
    }

    /// `GET` below `/api/v1`.
    pub fn get(&self, path: &str) -> Reply {
        self.send("GET", &format!("/api/v1{path}"), &[], "")
    }

    /// `PUT` below `/api/v1`.
    pub fn put(&self, path: &str, body: Value) -> Reply {
        self.send_json("PUT", path, &[], body)
    }

    /// `POST` below `/api/v1`.
    pub fn post(&self, path: &str, body: Value) -> Reply {
        self.send_json("POST", path, &[], body)
    }

    /// `PATCH` below `/api/v1`.
    pub fn patch(&self, path: &str, body: Value) -> Reply {
        self.send_json("PATCH", path, &[], body)
    }

    /// `DELETE` below `/api/v1`.
    pub fn delete(&self, path: &str) -> Reply {
        self.send("DELETE", &format!("/api/v1{path}"), &[], "")
    }

    /// JSON below `/api/v1`, with more headers.
    pub fn send_json(&self, method: &str, path: &str, headers: &[(&str, &str)], body: Value) -> Reply {
        let headers = [headers, &[("Content-Type", "application/json")]].concat();
        self.send(method, &format!("/api/v1{path}"), &headers, body.to_string())
    }

    /// `POST` of a file below `/api/v1`.
    pub fn upload(&self, path: &str, content_type: &str, body: impl AsRef<[u8]>) -> Reply {
        self.send("POST", &format!("/api/v1{path}"), &[("Content-Type", content_type)], body)
    }

    /// `GET` of a file, and its bytes; the path is the whole one.
    pub fn download(&self, path: &str) -> (Reply, Vec<u8>) {
        self.download_as(path, &[])
    }

    /// `GET` of a file as these headers ask for it.
    pub fn download_as(&self, path: &str, headers: &[(&str, &str)]) -> (Reply, Vec<u8>) {
        let mut response = self.response("GET", path, headers, &[]);
        let file = response.body_mut().with_config().limit(64 * 1024 * 1024).read_to_vec().expect("bytes");
        (Reply::new(&response, String::new()), file)
    }

    /// What `GET` answers but the body; the path is the whole one.
    pub fn head(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        Reply::new(&self.response("GET", path, headers, &[]), String::new())
    }

    /// Anything at all; the path is the whole one.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Reply {
        Reply::of(self.response(method, path, headers, body.as_ref()))
    }

    fn response(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Response<Body> {
        let mut request = Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(secret) = &self.secret {
            request = request.header("Authorization", format!("Bearer {secret}"));
        }
        let sent = match body {
            [] => self.agent.run(request.body(()).expect("a request")),
            body => self.agent.run(request.body(body).expect("a request")),
        };
        sent.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }
}

impl Reply {
    fn of(mut response: Response<Body>) -> Self {
        let text = response.body_mut().read_to_string().expect("a text");
        Self::new(&response, text)
    }

    fn new(response: &Response<Body>, text: String) -> Self {
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: serde_json::from_str(&text).unwrap_or_default(),
            text,
        }
    }

    /// Goes on with this status only, and answers the body.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        self.body
    }

    /// Goes on when it is an error with this status and code, and answers the problem.
    #[track_caller]
    pub fn expect_problem(self, status: u16, code: &str) -> Value {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text);
        assert_eq!((self.status, self.body["code"].as_str()), (status, Some(code)), "{}", self.text);
        self.body
    }

    /// Goes on when the body is refused at this place with this code, and answers that violation.
    #[track_caller]
    pub fn expect_violation(self, pointer: &str, code: &str) -> Value {
        let problem = self.expect_problem(422, "invalid_body");
        let errors = problem["errors"].as_array().expect("errors");
        let found = errors.iter().find(|error| error["pointer"] == pointer && error["code"] == code);
        found.unwrap_or_else(|| panic!("no {code} at {pointer} in {problem}")).clone()
    }

    /// A header, empty where it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a text"))
    }
}
