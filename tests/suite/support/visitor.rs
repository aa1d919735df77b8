//! Somebody who looks at the pages as a browser does: with cookies, and shown every redirect.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Mutex;

use ureq::Agent;
use ureq::http::{HeaderMap, Request};

use super::{App, Person};

/// A browser, signed in or not.
pub struct Visitor {
    agent: Agent,
    address: SocketAddr,
    cookies: Mutex<BTreeMap<String, String>>,
}

/// What a browser got.
#[derive(Debug)]
pub struct Shown {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// The page.
    pub html: String,
}

impl App {
    /// Somebody at the door.
    pub fn visitor(&self) -> Visitor {
        let agent = Agent::config_builder().http_status_as_error(false).max_redirects(0).build();
        Visitor { agent: agent.into(), address: self.address(), cookies: Mutex::default() }
    }

    /// Somebody who signed in with this person's key.
    pub fn visitor_with_key_of(&self, person: &Person) -> Visitor {
        let visitor = self.visitor();
        visitor.sign_in(person.secret());
        visitor
    }
}

impl Visitor {
    /// Signs in with a key.
    #[track_caller]
    pub fn sign_in(&self, key: &str) {
        let shown = self.post("/sign-in", &[("key", key)]);
        assert_eq!(shown.status, 303, "{}", shown.html);
    }

    /// Opens a page; the path is the whole one.
    pub fn get(&self, path: &str) -> Shown {
        self.send("GET", path, &[], "")
    }

    /// Opens a page as it is sent to a browser that takes `gzip`, and answers how many bytes it has then.
    pub fn compressed_size(&self, path: &str) -> usize {
        let (shown, page) = self.fetch("GET", path, &[("Accept-Encoding", "gzip")], "");
        assert_eq!((shown.status, shown.header("content-encoding")), (200, "gzip"));
        page.len()
    }

    /// Sends a form.
    pub fn post(&self, path: &str, fields: &[(&str, &str)]) -> Shown {
        self.post_from(&format!("http://{}", self.address), path, fields)
    }

    /// Sends a form that stands on a page of this origin.
    pub fn post_from(&self, origin: &str, path: &str, fields: &[(&str, &str)]) -> Shown {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let headers = [("Content-Type", "application/x-www-form-urlencoded"), ("Origin", origin)];
        self.send("POST", path, &headers, &form)
    }

    /// Sends a file as the script does.
    pub fn upload(&self, path: &str, content_type: &str, file: impl AsRef<[u8]>) -> Shown {
        self.send("POST", path, &[("Content-Type", content_type), ("X-Part", "1")], file)
    }

    /// Asks for a part of a page, as the script does.
    pub fn part(&self, path: &str) -> Shown {
        self.send("GET", path, &[("X-Part", "1")], "")
    }

    /// Asks with further headers.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Shown {
        let (shown, page) = self.fetch(method, path, headers, body);
        Shown { html: String::from_utf8(page).expect("a text"), ..shown }
    }

    /// Downloads a file.
    pub fn download(&self, path: &str) -> (HeaderMap, Vec<u8>) {
        let (shown, bytes) = self.fetch("GET", path, &[], "");
        assert_eq!(shown.status, 200);
        (shown.headers, bytes)
    }

    /// What the browser holds under a name.
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().expect("cookies").get(name).cloned()
    }

    /// Holds it from now on.
    pub fn hold(&self, name: &str, value: &str) {
        self.cookies.lock().expect("cookies").insert(name.to_owned(), value.to_owned());
    }

    fn fetch(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> (Shown, Vec<u8>) {
        let mut request = Request::builder().method(method).uri(format!("http://{}{path}", self.address));
        let held = self.cookies.lock().expect("cookies").clone();
        let held: Vec<_> = held.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let usual = [("Accept", "text/html".to_owned()), ("Cookie", held.join("; "))];
        for (name, value) in usual.iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(*name, value);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let sent = match body.as_ref() {
            [] => self.agent.run(request.body(()).expect("a request")),
            body => self.agent.run(request.body(body).expect("a request")),
        };
        let mut response = sent.unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        self.keep(response.headers());
        let page = response.body_mut().read_to_vec().expect("bytes");
        let shown =
            Shown { status: response.status().as_u16(), headers: response.headers().clone(), html: String::new() };
        (shown, page)
    }

    /// What is set with an empty value is deleted.
    fn keep(&self, headers: &HeaderMap) {
        let mut held = self.cookies.lock().expect("cookies");
        for cookie in headers.get_all("set-cookie") {
            let pair = cookie.to_str().expect("a text").split(';').next().expect("a first part");
            match pair.split_once('=').expect("a name and a value") {
                (name, "") => held.remove(name),
                (name, value) => held.insert(name.to_owned(), value.to_owned()),
            };
        }
    }
}

impl Shown {
    /// Goes on with this status only, and answers the page.
    #[track_caller]
    pub fn expect(self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.html);
        self.html
    }

    /// A header's text, empty where it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a text"))
    }
}
