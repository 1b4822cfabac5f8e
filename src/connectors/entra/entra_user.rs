//! The user that an act is about to change, if it may.

use super::Entra;
use crate::connectors::Call;
use crate::connectors::failure::Failure;
use crate::connectors::msgraph::User;
use crate::model::{Account, Verdict};

impl Entra {
    /// The user as it is now; `None`: it does not exist any more. The last Global Administrator is refused.
    pub(super) async fn to_change(&self, account: &Account, call: &Call) -> Result<Option<User>, Failure> {
        let Some(user) = self.graph.user(&account.id, call).await? else { return Ok(None) };
        if self.is_last_admin(&user, call).await? {
            let reason = format!(
                "{} is the last enabled Global Administrator: nobody could give the tenant another one",
                user.upn
            );
            return Err(Failure::needs_human(reason));
        }
        Ok(Some(user))
    }
}

/// A user that does not exist holds nothing.
pub(super) fn no_such_user() -> Verdict {
    Verdict::Dead { evidence: "no such user".into() }
}
