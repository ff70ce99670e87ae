//! Asking a service instead of a log.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, anyhow};
use events::{Json, Pointer};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::{Method, Request, StatusCode, header};
use projection::{When, Words};
use server::client::{ClientError, authority, connect, target};
use url::Url;

use crate::Failure;
use crate::opened::{LogArgs, Login};

/// What holds the token of a service's key.
const KEY: &str = "CASETRAIL_KEY";

/// What is asked: a log, or a service that serves one.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct AskedArgs {
    /// The log: a directory, a PostgreSQL database, or an export (.ndjson, .ndjson.zst; read-only)
    #[arg(
        long,
        env = "CASETRAIL_LOG",
        hide_env_values = true,
        value_name = "DIRECTORY|DATABASE|EXPORT"
    )]
    log: Option<PathBuf>,
    #[command(flatten)]
    login: Login,
    /// A service to ask in place of a log; its key stands in CASETRAIL_KEY, or in --key-file
    #[arg(long, value_name = "URL")]
    server: Option<Url>,
    /// A file with the key of the service
    #[arg(long, value_name = "FILE", requires = "server")]
    key_file: Option<PathBuf>,
    /// Certificates (PEM) to trust instead of the system's
    #[arg(long, value_name = "FILE", requires = "server")]
    server_ca: Option<PathBuf>,
    /// What records of children are read for; the service keeps it
    #[arg(long, value_name = "WHY", requires = "server")]
    purpose: Option<String>,
}

/// A log or a service.
pub(crate) enum Asked {
    Log(LogArgs),
    Server(Remote),
}

impl AskedArgs {
    /// Which of both.
    pub(crate) fn read(self) -> Result<Asked, Failure> {
        let Self { log, login, server, key_file, server_ca, purpose } = self;
        match (server, log) {
            (Some(base), _) => {
                Ok(Asked::Server(Remote { base, key: key(key_file)?, server_ca, purpose }))
            }
            (None, Some(log)) => Ok(Asked::Log(LogArgs { log, login })),
            (None, None) => Err(Failure::WrongUse(anyhow!("what is asked? --log, or --server"))),
        }
    }
}

/// A service.
pub(crate) struct Remote {
    base: Url,
    key: String,
    server_ca: Option<PathBuf>,
    purpose: Option<String>,
}

/// What a service answered: the text, and whether a saved answer failed its verification.
pub(crate) struct Answered {
    pub(crate) text: String,
    pub(crate) failed: bool,
}

#[expect(clippy::disallowed_methods, reason = "whoever lists processes sees their arguments")]
fn key(file: Option<PathBuf>) -> Result<String, Failure> {
    let read = |path: &Path| {
        let text = std::fs::read_to_string(path);
        text.with_context(|| format!("cannot read {}", path.display())).map_err(Failure::WrongUse)
    };
    let key = match file {
        Some(path) => read(&path)?,
        None => std::env::var(KEY).map_err(|_| {
            Failure::WrongUse(anyhow!("a service wants a key: --key-file, or {KEY}"))
        })?,
    };
    Ok(key.trim().to_owned())
}

/// The words of a question as a service takes them.
pub(crate) fn members(words: Words) -> Vec<(&'static str, Json)> {
    let list = |items: Vec<String>| Json::Array(items.into_iter().map(Json::String).collect());
    let text = |text: Option<String>| text.map_or(Json::Null, Json::String);
    vec![
        ("metric", Json::String(words.metric)),
        ("period", text(words.period)),
        ("as_of", text(words.when.as_of)),
        ("known_at", text(words.when.known_at)),
        ("at_position", number(words.when.at_position)),
        ("by", list(words.by)),
        ("set", list(words.set)),
        ("where", list(words.filter)),
        ("what_if", words.what_if.map_or(Json::Null, Json::Object)),
    ]
}

/// Both axes of time as a service takes them.
pub(crate) fn moment(when: When) -> Vec<(&'static str, Option<String>)> {
    let position = when.at_position.map(|position| position.to_string());
    vec![("as_of", when.as_of), ("known_at", when.known_at), ("at_position", position)]
}

/// A number that may be missing.
pub(crate) fn number<N: Into<u64>>(number: Option<N>) -> Json {
    let number = number.and_then(|number| i64::try_from(number.into()).ok());
    number.map_or(Json::Null, Json::Int)
}

impl Remote {
    /// Puts a question whose words stand in a body.
    pub(crate) async fn post(
        &self,
        path: &str,
        accept: &str,
        members: Vec<(&'static str, Json)>,
    ) -> Result<Answered, Failure> {
        let body = Json::object(members);
        body.check(&Pointer::ROOT).map_err(Failure::wrong_use)?;
        let body = body.canonical_text();
        self.ask(Method::POST, self.url(path)?, accept, body).await
    }

    /// Puts a question whose words stand behind a question mark.
    pub(crate) async fn get(
        &self,
        path: &str,
        accept: &str,
        words: Vec<(&'static str, Option<String>)>,
    ) -> Result<Answered, Failure> {
        let mut url = self.url(path)?;
        let words: Vec<_> = words.into_iter().filter_map(|(n, v)| Some((n, v?))).collect();
        if !words.is_empty() {
            url.query_pairs_mut().extend_pairs(words);
        }
        self.ask(Method::GET, url, accept, String::new()).await
    }

    fn url(&self, path: &str) -> Result<Url, Failure> {
        let mut url = self.base.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}{path}"));
        Ok(url)
    }

    async fn ask(
        &self,
        method: Method,
        url: Url,
        accept: &str,
        body: String,
    ) -> Result<Answered, Failure> {
        let mut request = Request::builder()
            .method(method)
            .uri(target(&url))
            .header(header::HOST, authority(&url))
            .header(header::AUTHORIZATION, format!("Bearer {}", self.key))
            .header(header::ACCEPT, accept);
        if !body.is_empty() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        if let Some(purpose) = &self.purpose {
            request = request.header("purpose", purpose);
        }
        let request = request.body(Full::new(Bytes::from(body))).map_err(Failure::wrong_use)?;
        let mut sender = connect(&self.base, self.server_ca.as_deref()).await.map_err(refusal)?;
        let response = sender.send_request(request).await.context("the service did not answer")?;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.context("the answer breaks off")?.to_bytes();
        let text = String::from_utf8(body.to_vec()).context("the answer is no text")?;
        if parts.status.is_success() {
            let failed = parts.headers.contains_key("casetrail-verification");
            return Ok(Answered { text, failed });
        }
        Err(refused(parts.status, &text))
    }
}

/// The failure that no connection is.
fn refusal(error: ClientError) -> Failure {
    match error {
        ClientError::Unreachable(..) => Failure::Fault(error.into()),
        ClientError::Address(_) | ClientError::Certificates(..) => Failure::wrong_use(error),
    }
}

/// The failure that a problem is.
fn refused(status: StatusCode, body: &str) -> Failure {
    let problem = Json::parse(body.as_bytes()).ok();
    let member = |name: &str| {
        let members = problem.as_ref().and_then(Json::as_object);
        members.and_then(|members| members.get(name)).and_then(Json::as_str)
    };
    let code = member("code").unwrap_or_default();
    let words = [member("title"), member("detail")].into_iter().flatten();
    let words = words.collect::<Vec<_>>().join(": ");
    let why = anyhow!("the service answers {} {code}: {words}", status.as_u16());
    match code {
        "STREAM_UNKNOWN" | "SUBJECT_ERASED" => Failure::Negative(why),
        _ if status.is_client_error() && status.as_u16() != 429 => Failure::WrongUse(why),
        _ => Failure::Fault(why),
    }
}
