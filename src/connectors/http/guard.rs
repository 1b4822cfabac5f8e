//! Nothing is sent on a connection that was made too late: a machine that slept while connecting must not act on waking.
//! And connecting ends before the job does, so that "never connected" is told from "no answer".

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tower::{Layer, Service};

use crate::connectors::call::boot_now;

tokio::task_local! {
    /// The deadline of the job in whose name a connection is made, on [`boot_now`]'s clock.
    pub(super) static DEADLINE: Duration;
}

/// So long before a job's deadline, connecting is given up.
const MARGIN: Duration = Duration::from_millis(50);

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Refuses a new connection that is not ready before [`DEADLINE`]. As it fails the connecting, it counts as not sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct InTime;

#[derive(Debug, Clone)]
pub(super) struct Guarded<S>(S);

impl<S> Layer<S> for InTime {
    type Service = Guarded<S>;

    fn layer(&self, inner: S) -> Guarded<S> {
        Guarded(inner)
    }
}

impl<S, R> Service<R> for Guarded<S>
where
    S: Service<R, Error = BoxError>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, BoxError>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, target: R) -> Self::Future {
        let deadline = DEADLINE.try_with(|deadline| *deadline).ok();
        let connecting = self.0.call(target);
        Box::pin(async move {
            let Some(deadline) = deadline else { return connecting.await };
            let left = deadline.saturating_sub(boot_now() + MARGIN);
            let connection =
                tokio::time::timeout(left, connecting).await.map_err(|_| "no connection in the job's time")??;
            if boot_now() >= deadline { Err("connected only after the job's deadline".into()) } else { Ok(connection) }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn connecting(deadline: Duration) -> Result<&'static str, BoxError> {
        let connector = tower::service_fn(|()| async { Ok::<_, BoxError>("connected") });
        DEADLINE.scope(deadline, async { InTime.layer(connector).call(()).await }).await
    }

    #[tokio::test]
    async fn a_connection_made_too_late_is_no_connection() {
        assert_eq!(connecting(boot_now() + Duration::from_secs(5)).await.unwrap(), "connected");
        assert!(connecting(boot_now()).await.unwrap_err().to_string().contains("deadline"));
    }

    #[tokio::test]
    async fn a_connection_that_is_never_made_fails_before_the_job_is_over() {
        let connector = tower::service_fn(|()| std::future::pending::<Result<(), BoxError>>());
        let deadline = boot_now() + Duration::from_millis(200);
        let failed = DEADLINE.scope(deadline, async { InTime.layer(connector).call(()).await }).await;
        assert!(failed.unwrap_err().to_string().contains("no connection") && boot_now() < deadline);
    }
}
