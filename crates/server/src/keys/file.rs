//! The file of keys.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use eventlog::Clock;
use journal::durable;
use serde::{Deserialize, Serialize};

use super::Token;
use crate::grants::{GrantError, Grants};

/// The form of the file.
const SCHEMA: &str = "casetrail.keys.v1";

/// A JSON file: `{"schema":"casetrail.keys.v1","keys":[…]}`, for its owner's eyes alone. A key that
/// was revoked stays in it.
#[derive(Debug, Clone)]
pub struct KeyFile {
    path: PathBuf,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    schema: String,
    keys: Vec<KeyRecord>,
}

/// A key as the file has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyRecord {
    /// Twelve hexadecimal digits, which stand in the token too.
    pub id: String,
    /// Whose it is: the `recordedby` of what it posts.
    pub name: String,
    /// Lower-case hex SHA-256 of the token.
    pub digest: String,
    /// What it may do, as [`Grants::read`] reads it.
    pub grants: Vec<String>,
    /// When it was made.
    pub created: String,
    /// When it was revoked.
    pub revoked: Option<String>,
}

/// Why keys cannot be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be used.
    #[error("cannot use the file of keys {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The file is another.
    #[error("{} is no file of keys: {what}", path.display())]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: String,
    },
    /// A grant that is none.
    #[error(transparent)]
    Grant(#[from] GrantError),
    /// A digest that is none.
    #[error("the digest of key {0} is no SHA-256 in hexadecimal digits")]
    Digest(String),
    /// Not a name.
    #[error("`{0}` is no name for a key: expected 1 to 64 characters of A-Z a-z 0-9 . _ -")]
    Name(String),
    /// Nothing is granted.
    #[error("a key without grants may do nothing")]
    NoGrants,
    /// No such key.
    #[error("there is no key {0} that is in force")]
    Unknown(String),
}

impl KeyRecord {
    /// What it may do.
    ///
    /// # Errors
    /// [`GrantError`].
    pub fn grants(&self) -> Result<Grants, GrantError> {
        Grants::read(&self.grants)
    }

    pub(super) fn digest(&self) -> Result<[u8; 32], KeyError> {
        let mut digest = [0; 32];
        hex::decode_to_slice(&self.digest, &mut digest)
            .map_err(|_| KeyError::Digest(self.id.clone()))?;
        Ok(digest)
    }
}

/// Names that mean somebody else: whoever uses the command line, and the key of a trial.
const RESERVED: &[&str] = &["local", "dev"];

fn is_name(name: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    (1..=64).contains(&name.len()) && name.bytes().all(allowed) && !RESERVED.contains(&name)
}

impl KeyFile {
    /// The file at a path; touches nothing.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The keys, revoked ones too; none if there is no file.
    ///
    /// # Errors
    /// [`KeyError::Io`], [`KeyError::Form`].
    pub fn read(&self) -> Result<Vec<KeyRecord>, KeyError> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(self.failed(source)),
        };
        let form = |what: String| KeyError::Form { path: self.path.clone(), what };
        let content: Content = serde_json::from_slice(&bytes).map_err(|e| form(e.to_string()))?;
        if content.schema != SCHEMA {
            return Err(form(format!("its schema is not {SCHEMA}")));
        }
        Ok(content.keys)
    }

    /// Makes a key, and gives its token, which is written down nowhere.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn create(
        &self,
        name: &str,
        grants: &Grants,
        clock: &dyn Clock,
    ) -> Result<(KeyRecord, Token), KeyError> {
        if !is_name(name) {
            return Err(KeyError::Name(name.to_owned()));
        }
        if *grants == Grants::default() {
            return Err(KeyError::NoGrants);
        }
        let token = Token::draw();
        let record = KeyRecord {
            id: token.id().to_owned(),
            name: name.to_owned(),
            digest: hex::encode(token.digest()),
            grants: grants.words(),
            created: clock.now().to_string(),
            revoked: None,
        };
        let _lock = self.lock()?;
        let mut keys = self.read()?;
        keys.push(record.clone());
        self.write(keys)?;
        Ok((record, token))
    }

    /// Revokes a key; a service that runs takes it up within seconds.
    ///
    /// # Errors
    /// [`KeyError::Unknown`], or as [`KeyFile::read`].
    pub fn revoke(&self, id: &str, clock: &dyn Clock) -> Result<KeyRecord, KeyError> {
        let _lock = self.lock()?;
        let mut keys = self.read()?;
        let key = keys.iter_mut().find(|key| key.id == id && key.revoked.is_none());
        let key = key.ok_or_else(|| KeyError::Unknown(id.to_owned()))?;
        key.revoked = Some(clock.now().to_string());
        let revoked = key.clone();
        self.write(keys)?;
        Ok(revoked)
    }

    /// Nobody else changes the file while this is held: who reads it, changes it and writes it back
    /// would undo what came between.
    fn lock(&self) -> Result<fs::File, KeyError> {
        if let Some(dir) = self.path.parent() {
            durable::create_dir(dir).map_err(|e| self.failed(e))?;
        }
        let path = self.path.with_extension("lock");
        let file = fs::File::options().create(true).truncate(false).write(true).open(path);
        let file = file.map_err(|e| self.failed(e))?;
        file.lock().map_err(|e| self.failed(e))?;
        Ok(file)
    }

    fn write(&self, keys: Vec<KeyRecord>) -> Result<(), KeyError> {
        let content = Content { schema: SCHEMA.to_owned(), keys };
        let text = serde_json::to_string_pretty(&content).expect("texts and lists are JSON") + "\n";
        if let Some(dir) = self.path.parent() {
            durable::create_dir(dir).map_err(|e| self.failed(e))?;
        }
        durable::replace_private(&self.path, text.as_bytes()).map_err(|e| self.failed(e))
    }

    /// What changes when the file does.
    pub(super) fn stamp(&self) -> Option<(u64, i64, i64, u64)> {
        let file = fs::metadata(&self.path).ok()?;
        Some((file.ino(), file.mtime(), file.mtime_nsec(), file.len()))
    }

    fn failed(&self, source: io::Error) -> KeyError {
        KeyError::Io { path: self.path.clone(), source }
    }
}
