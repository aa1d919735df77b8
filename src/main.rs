//! The command line of the service.

use std::path::PathBuf;
use std::process::ExitCode;

use actix_web::web::Data;
use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand};
use kpi::auth::{self, Caller, Role};
use kpi::commands::{Export, Import, Outcome, Place, explained, generate};
use kpi::config::{ClientConfig, DatabaseConfig, RuleConfig, ServerConfig};
use kpi::database::Database;
use kpi::state::{AppState, Limits};
use kpi::{api, demo, keys, server};
use log::info;
use tokio::runtime::Handle;

/// Plan targets, reported actuals and completion rates for science-and-technology associations.
#[derive(Parser)]
#[command(
    version,
    after_help = "RUST_LOG sets what is logged (standard error), such as RUST_LOG=warn or RUST_LOG=info,kpi::access=off; \
                  info where not set. KPI_KEY is the API key that import and export send to --server. Every option above \
                  can be given as the environment variable beside it."
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    database: DatabaseConfig,
    #[command(flatten)]
    rules: RuleConfig,
    #[command(flatten)]
    client: ClientConfig,
    #[command(flatten)]
    server: ServerConfig,
}

#[derive(Subcommand)]
enum Command {
    /// Bring the schema up to date and answer requests; what `kpi` does where no command is given.
    Serve,
    /// Bring the schema up to date and stop.
    Migrate,
    /// Take the rows of a file; ends with 0 when all are stored or were, 2 when only some are, 1 when nothing was done.
    Import(Import),
    /// Write the rows of an association as import takes them.
    Export(Export),
    /// The demo: plans and reports of real documents.
    #[command(subcommand)]
    Demo(DemoCommand),
    /// API keys.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Write the OpenAPI document; needs no database.
    Openapi {
        /// File to write; `-` for standard output.
        #[arg(default_value = "openapi/openapi.json")]
        file: PathBuf,
    },
}

#[derive(Subcommand)]
enum DemoCommand {
    /// Load the demo; what is there already stays as it is.
    Load,
    /// Fill the database with a large invented tree of associations, their plans and reports: all of it or nothing.
    Generate(demo::generate::Options),
}

#[derive(Subcommand)]
enum KeyCommand {
    /// Create a key and print its secret, this once, alone on standard output.
    Create(CreateKey),
}

#[derive(Args)]
struct CreateKey {
    /// What people call the key; shown in lists and in the access log.
    #[arg(long, value_parser = key_name)]
    name: String,
    /// What it may do.
    #[arg(long, value_enum)]
    role: Role,
    /// Code of the association it is limited to, with all below it; without it, the key reaches everything.
    #[arg(long)]
    scope: Option<String>,
    /// Last day it is accepted, as 2027-12-31; without it, it never expires.
    #[arg(long)]
    expires: Option<NaiveDate>,
}

fn key_name(text: &str) -> Result<String, &'static str> {
    let fits = (1..=100).contains(&text.chars().count());
    if fits { Ok(text.to_owned()) } else { Err("1 to 100 characters are needed") }
}

#[tokio::main]
async fn main() -> ExitCode {
    env_logger::Builder::from_env(env_logger::Env::default().default_filter_or("info")).init();
    match run(Cli::parse()).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("kpi: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Outcome {
    let command = cli.command.unwrap_or(Command::Serve);
    let command = match (command, cli.client.server.as_deref()) {
        (Command::Openapi { file }, _) => return write_document(&file),
        (Command::Import(import), Some(address)) => return import.run(Place::Service(address)).await,
        (Command::Export(export), Some(address)) => return export.run(Place::Service(address)).await,
        (command, _) => command,
    };
    if matches!(command, Command::Import(_) | Command::Export(_)) {
        require_database(&cli.database)?;
    }
    let database = Database::open(&cli.database).await?;
    let outcome = with_database(&database, command, &cli.database, cli.rules, &cli.server).await;
    database.close().await;
    outcome
}

/// Files go into a database that is there, or come out of it; an empty one made on the way would only mislead.
fn require_database(config: &DatabaseConfig) -> Result<(), String> {
    let folder = config.data_dir.join("postgres");
    if config.database_url.is_some() || folder.exists() {
        return Ok(());
    }
    let folder = folder.display();
    Err(format!(
        "there is no database in {folder}; name one with DATABASE_URL or KPI_DATA_DIR, or a service with KPI_SERVER"
    ))
}

fn write_document(file: &std::path::Path) -> Outcome {
    let document = format!("{}\n", api::document().to_pretty_json()?);
    if file.as_os_str() == "-" {
        print!("{document}");
    } else {
        std::fs::write(file, document)?;
    }
    Ok(ExitCode::SUCCESS)
}

async fn with_database(
    database: &Database,
    command: Command,
    config: &DatabaseConfig,
    rules: RuleConfig,
    server: &ServerConfig,
) -> Outcome {
    database.migrate().await?;
    let pool = database.pool(config.pool_size.get())?;
    let limits = Limits { body: server.body_limit.get(), upload: server.upload_limit.get() };
    let mut state = AppState::new(pool, Handle::current(), rules, limits)?;
    state.has_metrics = server.metrics;
    if let Some(folder) = &server.upload_dir {
        state.upload_dir.clone_from(folder);
    }
    match command {
        Command::Serve => serve(state, server).await,
        Command::Demo(DemoCommand::Load) => load_demo(&state).await,
        Command::Demo(DemoCommand::Generate(options)) => generate::run(&options, &state, database.url()).await,
        Command::Key(KeyCommand::Create(key)) => create_key(&state, &key).await,
        Command::Import(import) => import.run(Place::Database(&state)).await,
        Command::Export(export) => export.run(Place::Database(&state)).await,
        Command::Migrate | Command::Openapi { .. } => Ok(ExitCode::SUCCESS),
    }
}

async fn serve(state: AppState, config: &ServerConfig) -> Outcome {
    if !state.upload_dir.is_dir() {
        return Err(format!("there is no folder {} for uploads (KPI_UPLOAD_DIR)", state.upload_dir.display()).into());
    }
    let listening = server::start(Data::new(state), config)
        .map_err(|error| format!("cannot listen on {}: {error}", config.listen))?;
    for address in &listening.addresses {
        info!("listening on http://{address}, API documentation at http://{address}/docs");
    }
    listening.server.await?;
    Ok(ExitCode::SUCCESS)
}

async fn load_demo(state: &AppState) -> Outcome {
    let loaded = demo::load(state).await.map_err(|error| explained(&error))?;
    println!(
        "demo: {} associations, {} indicators, {} targets, {} actuals are new",
        loaded.associations, loaded.indicators, loaded.targets, loaded.actuals
    );
    Ok(ExitCode::SUCCESS)
}

async fn create_key(state: &AppState, key: &CreateKey) -> Outcome {
    let caller = Caller::command_line();
    let mut conn = state.conn().await.map_err(|error| explained(&error))?;
    let scope = match &key.scope {
        Some(code) => {
            let found = auth::store::find_scope(&mut conn, &caller, code).await.map_err(|error| explained(&error))?;
            Some(found.ok_or_else(|| format!("there is no association {code}"))?)
        }
        None => None,
    };
    let expires_at = key.expires.map(|day| keys::end_of(day, state)).transpose().map_err(|error| explained(&error))?;
    let new = keys::store::NewKey { name: &key.name, role: key.role, scope, expires_at };
    let (_, secret) =
        keys::store::create(&mut conn, &caller, new, state.now()).await.map_err(|error| explained(&error))?;
    println!("{}", secret.reveal());
    Ok(ExitCode::SUCCESS)
}
