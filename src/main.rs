//! The command line of the service.

use std::path::PathBuf;
use std::process::ExitCode;

use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand};
use kpi::auth::{self, Caller, Role};
use kpi::commands::{Export, Import, Outcome, Place, Rebuild, Verify, explained, generate};
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
    /// Compare totals, scorecards and first reports with the ledger, also beside a service; ends with 0 when all is right, 1 when something
    /// differs, 2 when it could not be told.
    ///
    /// Every difference is a line on standard output, between tabs: association, year (or month), indicator (or -), table.column, what
    /// is kept, what follows from the ledger; of a row that is missing or too many, the table, then present or missing twice.
    Verify(Verify),
    /// Put right what verify tells, also beside a service, and tell what that was in the same lines.
    Rebuild(Rebuild),
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
    let cli = Cli::parse();
    // As with diff and grep, 1 is an answer.
    let failure = if matches!(cli.command, Some(Command::Verify(_))) { ExitCode::from(2) } else { ExitCode::FAILURE };
    match run(cli).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("kpi: {error}");
            failure
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
    if matches!(command, Command::Import(_) | Command::Export(_) | Command::Verify(_) | Command::Rebuild(_)) {
        require_database(&cli.database)?;
    }
    let database = Database::open(&cli.database).await?;
    let outcome = with_database(&database, command, &cli.database, cli.rules, &cli.server).await;
    database.close().await;
    outcome
}

/// These work on what is in a database; an empty one made on the way would only mislead.
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
    let pools = database.pools(config.pool_size.get(), server.worker_count())?;
    let limits = Limits { body: server.body_limit.get(), upload: server.upload_limit.get() };
    let mut state = AppState::new(pools, Handle::current(), rules, limits)?;
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
        Command::Verify(verify) => verify.run(&state).await,
        Command::Rebuild(rebuild) => rebuild.run(&state).await,
        Command::Migrate | Command::Openapi { .. } => Ok(ExitCode::SUCCESS),
    }
}

async fn serve(state: AppState, config: &ServerConfig) -> Outcome {
    if !state.upload_dir.is_dir() {
        return Err(format!("there is no folder {} for uploads (KPI_UPLOAD_DIR)", state.upload_dir.display()).into());
    }
    let listening =
        server::start(state, config).map_err(|error| format!("cannot listen on {}: {error}", config.listen))?;
    for address in &listening.addresses {
        info!("listening on http://{address}, API documentation at http://{address}/docs");
    }
    listening.server.await?;
    Ok(ExitCode::SUCCESS)
}

async fn load_demo(state: &AppState) -> Outcome {
    let loaded = demo::load(state).await.map_err(|error| explained(&error))?;
    println!(
        "demo: {} associations, {} indicators, {} targets, {} actuals, {} schedules are new",
        loaded.associations, loaded.indicators, loaded.targets, loaded.actuals, loaded.schedules
    );
    Ok(ExitCode::SUCCESS)
}

async fn create_key(state: &AppState, key: &CreateKey) -> Outcome {
    let caller = Caller::command_line();
    let mut conn = state.conn().await.map_err(|error| explained(&error))?;
    let scope = match &key.scope {
        Some(code) => {
            let found = auth::store::find_scope(&conn, &caller, code).await.map_err(|error| explained(&error))?;
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
