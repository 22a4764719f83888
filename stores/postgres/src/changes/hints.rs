//! Notifications of changes.

use std::fmt;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::{self, Either};
use futures_util::stream::{BoxStream, StreamExt};
use livechat_units::StoreError;
use tokio::time::{Instant, timeout, timeout_at};
use tokio_postgres::{AsyncMessage, Client};

use crate::connection::{Connector, Listening};
use crate::error::{Problem, operation};
use crate::options::{PostgresOptions, address};
use crate::schema;

/// Notifications that units may have changed; from
/// [`PostgresStore::listen`](crate::PostgresStore::listen).
///
/// It has a connection of its own, which is closed when it is dropped. It is a hint and no
/// more: a change may come without one.
pub struct Hints {
    server: String,
    /// When to return without a notification, because transactions that were open beside the
    /// notifying one may have been committed without a notification of their own.
    again: Option<Instant>,
    messages: Option<BoxStream<'static, Result<AsyncMessage, tokio_postgres::Error>>>,
    /// The connection is closed when this is dropped.
    _client: Client,
}

/// How long after a notification a second hint follows. Most transactions that were open then
/// have ended.
const AGAIN: Duration = Duration::from_millis(50);

impl Hints {
    pub(crate) async fn listen(
        connector: &Connector,
        options: &PostgresOptions,
    ) -> Result<Self, StoreError> {
        let server = address(&options.config);
        let waited = options.connect_timeout;
        let listening = listening(connector, options);
        let listening = match timeout(waited, listening).await {
            Ok(listening) => listening,
            Err(_) => Err(Problem::NotOpened {
                server: server.clone(),
                waited,
            }),
        };
        match listening {
            Ok((client, messages)) => Ok(Self {
                server,
                again: None,
                messages: Some(messages),
                _client: client,
            }),
            Err(problem) => Err(problem.at(&server, operation::LISTEN)),
        }
    }

    /// Waits until units may have changed. Several notifications that have arrived are one hint.
    /// A last hint follows 50 milliseconds after notifications, because one transaction notifies
    /// for all that are open at the same time. If the future is dropped, no hint is lost.
    ///
    /// # Errors
    /// If the connection was lost. No later call succeeds.
    pub async fn next(&mut self) -> Result<(), StoreError> {
        let problem = loop {
            let message = match (&mut self.messages, self.again) {
                (None, _) => None,
                (Some(messages), None) => messages.next().await,
                (Some(messages), Some(again)) => {
                    let Ok(message) = timeout_at(again, messages.next()).await else {
                        self.again = None;
                        return Ok(());
                    };
                    message
                }
            };
            match message {
                Some(Ok(AsyncMessage::Notification(_))) => {
                    self.forget_arrived();
                    self.again = Instant::now().checked_add(AGAIN);
                    return Ok(());
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => break Problem::Driver(error),
                None => {
                    let server = self.server.clone();
                    break Problem::Closed { server };
                }
            }
        };
        self.messages = None;
        Err(problem.at(&self.server, operation::LISTEN))
    }

    /// Reads the messages that have arrived.
    fn forget_arrived(&mut self) {
        let Some(messages) = &mut self.messages else {
            return;
        };
        while let Some(message) = messages.next().now_or_never() {
            if !matches!(message, Some(Ok(_))) {
                self.messages = None;
                return;
            }
        }
    }
}

/// Opens a connection and listens.
async fn listening(connector: &Connector, options: &PostgresOptions) -> Result<Listening, Problem> {
    let (client, mut messages) = connector.open(options).await?;
    let sql = format!("LISTEN \"{}\"", schema::channel(&options.schema));
    let listen = Box::pin(client.batch_execute(&sql));
    // Polling the messages drives the connection.
    let mut listen = listen;
    loop {
        match future::select(listen, messages.next()).await {
            Either::Left((listens, _)) => {
                listens?;
                break;
            }
            Either::Right((Some(Ok(_)), unfinished)) => listen = unfinished,
            Either::Right((Some(Err(error)), _)) => return Err(error.into()),
            Either::Right((None, _)) => {
                let server = address(&options.config);
                return Err(Problem::Closed { server });
            }
        }
    }
    Ok((client, messages))
}

impl fmt::Debug for Hints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hints")
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}
