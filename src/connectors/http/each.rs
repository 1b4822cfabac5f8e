//! Several acts of one step: a few at once, all of them tried, the gravest failure told.

use futures_util::{StreamExt as _, stream};

use super::{Failure, What};
use crate::connectors::BoxFuture;

/// Acts under way at once for one person: vendors limit concurrent changes of one account.
const AT_ONCE: usize = 4;

/// Does them all. `Err`: the failure that decides.
pub(crate) async fn all(acts: Vec<BoxFuture<'_, Result<(), Failure>>>) -> Result<(), Failure> {
    let ends: Vec<_> = stream::iter(acts).buffer_unordered(AT_ONCE).collect().await;
    worst(ends)
}

/// What is unknown comes before what is refused, and that before what may be tried again.
pub(crate) fn worst(ends: Vec<Result<(), Failure>>) -> Result<(), Failure> {
    let rank = |failure: &Failure| match failure.what {
        What::Unknown => 0,
        What::NeedsHuman => 1,
        What::Locked | What::Denied | What::Gone | What::Rejected => 2,
        What::Throttled { .. } => 3,
        What::Busy { .. } | What::NotSent => 4,
    };
    ends.into_iter().filter_map(Result::err).min_by_key(rank).map_or(Ok(()), Err)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connectors::call::Kind;

    #[tokio::test]
    async fn the_gravest_failure_decides_and_all_are_tried() {
        let tried = std::sync::atomic::AtomicU32::new(0);
        let act = |what: Option<What>| -> BoxFuture<'_, Result<(), Failure>> {
            let tried = &tried;
            Box::pin(async move {
                tried.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                what.map_or(Ok(()), |what| Err(Failure::new(Kind::Act, what, "")))
            })
        };
        let acts = vec![act(Some(What::NotSent)), act(None), act(Some(What::Unknown)), act(Some(What::Denied))];
        assert_eq!(all(acts).await.unwrap_err().what, What::Unknown);
        assert_eq!(tried.into_inner(), 4);
        assert_eq!(all(vec![]).await, Ok(()));
    }
}
