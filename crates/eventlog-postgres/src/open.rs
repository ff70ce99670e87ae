//! Making a log in a database, and opening it.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, RwLock, mpsc};
use std::time::Duration;

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use eventlog::{Clock, Entropy, ReadError, SharedEntropy};
use events::Position;
use proof::LogKey;
use tokio::sync::watch;
use tokio_postgres::{Client, Error};

use crate::connecting::{ConnectError, Database};
use crate::log::{Io, PostgresLog};
use crate::names::Names;
use crate::rows::told;
use crate::shared::{Known, Shared};
use crate::writer::Writer;
use crate::{follower, migrations, signing};

/// How long a reader waits for a connection.
const POOL_WAIT: Duration = Duration::from_secs(30);
/// The oldest PostgreSQL that is supported.
const OLDEST: i32 = 15;
/// What keeps positions, streams and identities unique: tables and columns, and how it is called.
const UNIQUE: [(&str, &str); 7] = [
    ("event (position)", "event_pkey"),
    ("event (identity)", "event_identity"),
    ("event (stream, revision)", "event_stream_revision_key"),
    ("stream (number)", "stream_pkey"),
    ("stream (name)", "stream_name_key"),
    ("stream (subject_hash)", "stream_subject_hash_key"),
    ("name (number)", "name_pkey"),
];

/// Why a log cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The database cannot be reached.
    #[error(transparent)]
    Connect(#[from] ConnectError),
    /// The database refused something; its code, without what it quotes.
    #[error("the database failed: {0}")]
    Database(String),
    /// The database holds no log.
    #[error("the database holds no log: `log init` begins one")]
    NoLog,
    /// The schema is of another version.
    #[error("the log's schema has version {found}, this program knows {known}: see `log migrate`")]
    Version {
        /// The database's.
        found: i32,
        /// This program's.
        known: i32,
    },
    /// A setting of the server would lose what was acknowledged, or the server is too old.
    #[error("the database does not keep what it acknowledges: {0}")]
    Unsafe(String),
    /// Something that keeps events unique is missing.
    #[error("the database lacks the unique index {0}")]
    Uniqueness(&'static str),
    /// The log has another name.
    #[error("the log's origin is {found}, not {asked}")]
    Origin {
        /// The name that was asked for.
        asked: String,
        /// The log's.
        found: String,
    },
    /// No key can have that name.
    #[error("a log cannot have this origin")]
    Key(#[from] proof::KeyError),
    /// What the database holds is not a whole log.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The machine gives no thread.
    #[error("cannot start a thread")]
    Thread(#[source] std::io::Error),
}

impl From<Error> for OpenError {
    fn from(error: Error) -> Self {
        // What it quotes may be an event's.
        Self::Database(told(&error))
    }
}

/// How a log is opened.
pub struct Options {
    /// The log's name, for ever. A new log gets it; an existing one must have it. `None`: a new
    /// log gets a random one.
    pub origin: Option<String>,
    /// Where salts come from.
    pub entropy: Box<dyn Entropy>,
    /// The password for the database, where its address says none.
    pub password: Option<String>,
    /// In the place of the primary's clock; for tests.
    pub clock: Option<Arc<dyn Clock>>,
    /// Connections for reading, beside the one that appends and the one that follows.
    pub readers: usize,
}

impl Options {
    /// The usual ones.
    #[must_use]
    pub fn new(entropy: impl Entropy + 'static) -> Self {
        let entropy = Box::new(entropy);
        Self { origin: None, entropy, password: None, clock: None, readers: 8 }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { origin, readers, .. } = self;
        f.debug_struct("Options")
            .field("origin", origin)
            .field("readers", readers)
            .finish_non_exhaustive()
    }
}

impl PostgresLog {
    /// Makes a log in a database that has none; the login must be allowed to make schemas and
    /// roles. `url` is as PostgreSQL's programs take it.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn init(url: &str, options: Options) -> Result<(), OpenError> {
        prepared(url, options, true).await
    }

    /// Brings the schema of a log to the version that this program knows.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn migrate(url: &str, options: Options) -> Result<(), OpenError> {
        prepared(url, options, false).await
    }

    /// Opens the log of a database.
    ///
    /// # Errors
    /// [`OpenError`].
    pub async fn open(url: &str, options: Options) -> Result<Self, OpenError> {
        let database = Database::at(url, options.password.as_deref())?;
        let io = Io::start().map_err(OpenError::Thread)?;
        let Options { origin, entropy, clock, readers, .. } = options;
        let manager = Manager::from_config(
            database.readers.clone(),
            database.tls.clone(),
            ManagerConfig { recycling_method: RecyclingMethod::Fast },
        );
        let pool = Pool::builder(manager).max_size(readers).runtime(Runtime::Tokio1);
        let pool = pool.wait_timeout(Some(POOL_WAIT)).build();
        let pool = pool.map_err(|error| OpenError::Database(error.to_string()))?;
        let opened = io.run(async move {
            let (client, _) = database.connect().await.map_err(ConnectError::from)?;
            migrations::check(migrations::found(&client).await?)?;
            durable(&client).await?;
            unique(&client).await?;
            let row = client.query_opt("SELECT origin, secret FROM casetrail.log", &[]).await?;
            let row = row.ok_or(OpenError::NoLog)?;
            let found: String = row.get(0);
            if let Some(asked) = origin.filter(|asked| *asked != found) {
                return Err(OpenError::Origin { asked, found });
            }
            let secret = row.get::<_, &[u8]>(1).try_into();
            let secret = secret.map_err(|_| OpenError::Database("the secret".to_owned()))?;
            let key = signing::key(&client).await?;
            let shared = Arc::new(Shared {
                origin: found,
                secret,
                key: RwLock::new(key.map(Arc::new)),
                database,
                pool,
                names: Names::default(),
                erased: RwLock::default(),
                known: Mutex::new(Known::default()),
                head: watch::Sender::new(Position(0)),
                clock,
                stopped: OnceLock::new(),
            });
            shared.names.load(&client).await?;
            shared.catch_up(&client).await?;
            tokio::spawn(follower::follow(Arc::downgrade(&shared)));
            Ok(shared)
        });
        let opened = opened.await;
        let shared = opened.unwrap_or_else(|error| Err(OpenError::Database(error.to_string())))?;
        let entropy = SharedEntropy::new(entropy);
        let (submit, submissions) = mpsc::channel();
        let writer = Writer {
            shared: Arc::clone(&shared),
            runtime: io.handle(),
            entropy: entropy.clone(),
            submissions,
            session: None,
            distrust: 0,
        };
        let thread = std::thread::Builder::new().name("postgres-writer".to_owned());
        let thread = thread.spawn(move || writer.run()).map_err(OpenError::Thread)?;
        Ok(Self::new(shared, entropy, submit, thread, io))
    }
}

/// Brings the schema up to date, of a database without a log if it may.
async fn prepared(url: &str, options: Options, may_begin: bool) -> Result<(), OpenError> {
    let database = Database::at(url, options.password.as_deref())?;
    let io = Io::start().map_err(OpenError::Thread)?;
    let prepared = io.run(async move {
        let (mut client, _) = database.connect().await.map_err(ConnectError::from)?;
        durable(&client).await?;
        if !may_begin && migrations::found(&client).await? == 0 {
            return Err(OpenError::NoLog);
        }
        migrations::migrate(&mut client).await?;
        if may_begin { begin(&mut client, options).await } else { Ok(()) }
    });
    prepared.await.unwrap_or_else(|error| Err(OpenError::Database(error.to_string())))
}

/// Begins a log where there is none.
async fn begin(client: &mut Client, options: Options) -> Result<(), OpenError> {
    let Options { origin: asked, mut entropy, .. } = options;
    let random = uuid::Builder::from_random_bytes(entropy.salt().0).into_uuid();
    let origin = asked.clone().unwrap_or_else(|| format!("casetrail/{random}"));
    let key: LogKey = signing::new_key(&origin, &mut *entropy)?;
    let secret = signing::secret(&mut *entropy);
    // Nobody sees a half of it.
    let transaction = client.transaction().await?;
    let log = "INSERT INTO casetrail.log (origin, secret, key) VALUES ($1, $2, $3) \
               ON CONFLICT DO NOTHING";
    transaction.execute(log, &[&origin, &&secret[..], &key.secret_text()]).await?;
    let head = "INSERT INTO casetrail.head (position, root) VALUES (0, $1) ON CONFLICT DO NOTHING";
    transaction.execute(head, &[&&proof::empty_root()[..]]).await?;
    transaction.commit().await?;
    let found = client.query_one("SELECT origin FROM casetrail.log", &[]).await?;
    let found: String = found.get(0);
    match asked.filter(|asked| *asked != found) {
        Some(asked) => Err(OpenError::Origin { asked, found }),
        None => Ok(()),
    }
}

/// Refuses a server that would lose what it has acknowledged.
async fn durable(client: &Client) -> Result<(), OpenError> {
    forgets(client).await?.map_or(Ok(()), |why| Err(OpenError::Unsafe(why)))
}

/// Why a server would lose what it has acknowledged, if it would.
pub(crate) async fn forgets(client: &Client) -> Result<Option<String>, Error> {
    let query = "SELECT current_setting('server_version_num')::integer, \
        current_setting('fsync'), current_setting('full_page_writes'), \
        current_setting('synchronous_commit'), current_setting('server_encoding')";
    let row = client.query_one(query, &[]).await?;
    let version = row.get::<_, i32>(0) / 10_000;
    if version < OLDEST {
        let why = format!("it is PostgreSQL {version}, and {OLDEST} is the oldest that will do");
        return Ok(Some(why));
    }
    for (at, setting) in [(1, "fsync"), (2, "full_page_writes"), (3, "synchronous_commit")] {
        if row.get::<_, &str>(at) == "off" {
            return Ok(Some(format!("{setting} is off")));
        }
    }
    let encoding: &str = row.get(4);
    Ok((encoding != "UTF8").then(|| format!("its encoding is {encoding}, not UTF8")))
}

/// Refuses a schema that lost what keeps events unique.
async fn unique(client: &Client) -> Result<(), OpenError> {
    let query = "SELECT t.relname || ' (' || (SELECT string_agg(a.attname, ', ' ORDER BY k.n) \
            FROM unnest(i.indkey::smallint[]) WITH ORDINALITY AS k (attribute, n) \
            JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attribute) || ')' \
        FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid \
        JOIN pg_namespace n ON n.oid = t.relnamespace \
        WHERE n.nspname = 'casetrail' AND i.indisunique AND i.indisvalid \
        AND i.indpred IS NULL AND i.indexprs IS NULL";
    let rows = client.query(query, &[]).await?;
    let found: BTreeSet<String> = rows.iter().map(|row| row.get(0)).collect();
    let missing = UNIQUE.into_iter().find(|(columns, _)| !found.contains(*columns));
    missing.map_or(Ok(()), |(_, name)| Err(OpenError::Uniqueness(name)))
}
