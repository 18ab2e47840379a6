//! The station's web server: page, API, pictures. DTOs and status codes live here only. It sees the
//! pipeline's handle and the log's reader, and nothing that decides.

mod access;
mod alarms;
mod assets;
mod cached;
mod challenge;
mod connections;
mod dto;
mod encoder;
mod events;
mod evidence;
mod export;
mod extract;
mod files;
mod gaps;
mod guard;
mod health;
mod lesson;
mod line;
pub mod overlay;
mod parts;
mod pictures;
mod quality;
mod reply;
mod results;
mod review;
mod rights;
mod routes;
mod serve;
mod session;
mod shares;
mod sorting;
mod status;
mod teaching;
mod text;
mod transport;
mod tuning;
mod upload;
mod workers;

use crate::control::accounts::Accounts;
use crate::control::handle::Handle;
use crate::control::review::ReviewService;
use crate::control::teaching::TeachingService;
pub use access::Access;
pub use connections::raise_descriptors;
use encoder::Encoder;
use extract::Json;
use guard::Telling;
pub use line::line_json;
pub use reply::ApiError;
pub use routes::openapi_json;
pub use serve::serve;
use shares::Shares;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use workers::Workers;

/// What every handler may see.
#[derive(Clone)]
pub struct App {
    handle: Arc<Handle>,
    data: Arc<PathBuf>,
    teaching: Arc<TeachingService>,
    reviews: Arc<ReviewService>,
    access: Arc<Access>,
    accounts: Arc<Accounts>,
    turns: Arc<Turns>,
    listeners: Shares,
    telling: Arc<Telling>,
    workers: Arc<Workers>,
    encoder: Arc<Encoder>,
}

/// What only so many requests do at a time.
struct Turns {
    receiving: Arc<Semaphore>,
    exporting: Shares,
    asking: Arc<Semaphore>,
    logging_in: Arc<Semaphore>,
}

impl App {
    /// What people change is done by threads of the caller's priority.
    pub fn new(
        handle: Arc<Handle>,
        data: PathBuf,
        (teaching, reviews): (Arc<TeachingService>, Arc<ReviewService>),
        (access, accounts): (Access, Arc<Accounts>),
    ) -> Self {
        let turns = Turns {
            receiving: Arc::new(Semaphore::new(upload::RECEIVED_MAX)),
            exporting: Shares::new(export::EXPORTS_MAX, export::EXPORTS_MAX_OF_CLIENT),
            asking: Arc::new(Semaphore::new(QUESTIONS_MAX)),
            logging_in: Arc::new(Semaphore::new(session::LOG_INS_MAX)),
        };
        Self {
            handle,
            data: Arc::new(data),
            teaching,
            reviews,
            access: Arc::new(access),
            accounts,
            turns: Arc::new(turns),
            listeners: events::listeners(),
            telling: Arc::default(),
            workers: Arc::new(Workers::start()),
            encoder: Arc::new(Encoder::start()),
        }
    }
}

/// Questions to the log at a time: each opens it anew.
const QUESTIONS_MAX: usize = 4;
/// How long one may wait for its turn.
const ASKED_WITHIN: Duration = Duration::from_secs(5);

/// Runs a question to the log where waiting is allowed.
async fn ask<T: Send + 'static>(
    app: &App,
    question: impl FnOnce(&crate::results::reader::Reader) -> rusqlite::Result<T> + Send + 'static,
) -> Result<T, ApiError> {
    let turn = Arc::clone(&app.turns.asking).acquire_owned();
    let Ok(Ok(turn)) = tokio::time::timeout(ASKED_WITHIN, turn).await else {
        let message =
            "more is asked of the log than it answers beside its work; try again in a moment";
        return Err(ApiError::busy(message.to_owned()));
    };
    let data = Arc::clone(&app.data);
    let asked = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let reader = crate::results::reader::Reader::open(&data)
            .map_err(|error| ApiError::internal(error.to_string()))?;
        question(&reader).map_err(|error| ApiError::internal(format!("result log: {error}")))
    });
    asked
        .await
        .map_err(|error| ApiError::internal(error.to_string()))?
}

type JsonReply<T> = Result<Json<T>, ApiError>;
