//! `casetrail keys`: who the service answers.

use std::path::{Path, PathBuf};

use eventlog_embedded::SystemClock;
use events::Json;
use report::pretty;
use server::{Grants, KeyFile, KeyRecord};

use crate::Failure;
use crate::opened::ServiceDir;
use crate::output::{print, tell};

#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Make a key, and print its token, which is shown this once and kept nowhere
    Create(CreateArgs),
    /// List the keys, those that were revoked too
    List(ListArgs),
    /// Revoke a key; a service that runs takes it up within seconds
    Revoke(RevokeArgs),
}

/// Which service.
#[derive(Debug, clap::Args)]
pub(crate) struct ServiceArgs {
    /// The log that the service serves
    #[arg(
        long,
        env = "CASETRAIL_LOG",
        hide_env_values = true,
        value_name = "DIRECTORY|DATABASE",
        required_unless_present = "service_dir"
    )]
    log: Option<PathBuf>,
    #[command(flatten)]
    own: ServiceDir,
}

impl ServiceArgs {
    fn file(&self) -> Result<KeyFile, Failure> {
        let log = self.log.as_deref().unwrap_or(Path::new(""));
        Ok(key_file(&self.own.of(log)?))
    }
}

/// The keys of the service that keeps its own in a directory.
pub(super) fn key_file(own: &Path) -> KeyFile {
    KeyFile::new(own.join("keys.json"))
}

#[derive(Debug, clap::Args)]
pub(crate) struct CreateArgs {
    /// Whose key it is: the `recordedby` of what it posts
    #[arg(value_name = "NAME")]
    name: String,
    /// What it may do: ingest:SOURCE, ingest:*, reporter:PROVIDER, reporter:*, auditor, operator
    #[arg(long = "grant", value_name = "GRANT", required = true)]
    grants: Vec<String>,
    #[command(flatten)]
    service: ServiceArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    service: ServiceArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RevokeArgs {
    /// The key, as `keys list` names it
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    service: ServiceArgs,
}

pub(crate) fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Create(args) => create(&args),
        Command::List(args) => list(&args),
        Command::Revoke(args) => revoke(&args),
    }
}

fn create(args: &CreateArgs) -> Result<(), Failure> {
    let grants = Grants::read(&args.grants).map_err(Failure::wrong_use)?;
    let made = args.service.file()?.create(&args.name, &grants, &SystemClock);
    let (record, token) = made.map_err(Failure::wrong_use)?;
    tell(&format!("key {} of {}: {grants}", record.id, record.name));
    print(&format!("{}\n", token.reveal()))
}

fn list(args: &ListArgs) -> Result<(), Failure> {
    let keys = args.service.file()?.read()?;
    if args.json {
        return print(&pretty(&Json::Array(keys.iter().map(to_json).collect())));
    }
    for key in &keys {
        let state = match &key.revoked {
            Some(when) => format!("revoked {when}"),
            None => "in force".to_owned(),
        };
        let (id, name, grants) = (&key.id, &key.name, key.grants.join(" "));
        print(&format!("{id}  {name}  {grants}  made {}  {state}\n", key.created))?;
    }
    Ok(())
}

fn revoke(args: &RevokeArgs) -> Result<(), Failure> {
    let revoked = args.service.file()?.revoke(&args.id, &SystemClock);
    let revoked = revoked.map_err(Failure::wrong_use)?;
    tell(&format!("key {} of {} is revoked", revoked.id, revoked.name));
    Ok(())
}

/// A key without its digest.
fn to_json(key: &KeyRecord) -> Json {
    let revoked = key.revoked.as_deref().map_or(Json::Null, Json::from);
    Json::object([
        ("id", Json::from(key.id.as_str())),
        ("name", key.name.as_str().into()),
        ("grants", Json::Array(key.grants.iter().map(|grant| grant.as_str().into()).collect())),
        ("created", key.created.as_str().into()),
        ("revoked", revoked),
    ])
}
