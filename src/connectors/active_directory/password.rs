//! A password that nobody knows.

use std::collections::HashSet;
use std::sync::Arc;

use ldap3::Mod;
use serde_json::json;

use super::admins;
use super::client::Client;
use super::entry::Entry;
use super::session::Session;
use crate::connectors::Call;
use crate::connectors::http::Failure;
use crate::connectors::password;
use crate::connectors::vendor::{Act, Given, gone};
use crate::model::{Account, ActionSpec, Before, Danger, Outcome, Stage, Verdict};
use crate::vault::Secret;

struct ResetPassword {
    client: Arc<Client>,
}

pub(super) fn action(given: &Given, client: &Arc<Client>) -> (ActionSpec, impl Act) {
    let spec = ActionSpec {
        stage: Stage::Credentials,
        danger: Danger::HardToUndo,
        proved_by: Some(given.id.action("disable")),
        scopes: vec!["reset password".into()],
        ..given.spec("reset-password", "Sets a random Active Directory password, twice")
    };
    (spec, ResetPassword { client: Arc::clone(client) })
}

/// What `unicodePwd` takes: the password between quotation marks, in UTF-16LE.
fn quoted(password: &Secret) -> Vec<u8> {
    format!("\"{}\"", password.expose()).encode_utf16().flat_map(u16::to_le_bytes).collect()
}

async fn reset(session: &Session<'_>, user: &Entry) -> Result<(), Failure> {
    let password = quoted(&password::random()?);
    // Replaced, not deleted and added: an admin's reset, which asks for no old password.
    let change = Mod::Replace(b"unicodePwd".to_vec(), HashSet::from([password]));
    session.modify(&user.dn, "unicodePwd", vec![change]).await
}

impl Act for ResetPassword {
    async fn execute(&self, account: &Account, call: &Call) -> Result<Outcome, Failure> {
        let session = self.client.open(call).await?;
        let attributes = [&["pwdLastSet"][..], &admins::NEEDED].concat();
        let Some(user) = session.account(&account.id, &attributes).await? else { return Ok(gone(account)) };
        admins::not_the_last(&session, &user).await?;
        call.keep(Before::of(json!({ "pwdLastSet": user.text("pwdLastSet"), "dn": user.dn }))).await?;
        // Twice: NTLM takes the password before this one for another hour.
        reset(&session, &user).await?;
        reset(&session, &user).await?;
        Ok(Outcome::Acknowledged)
    }

    async fn verify(&self, account: &Account, call: &Call) -> Result<Verdict, Failure> {
        let session = self.client.open(call).await?;
        Ok(match session.account(&account.id, &["pwdLastSet"]).await? {
            None => Verdict::Dead { evidence: "no such account".into() },
            Some(_) => Verdict::CannotTell {
                reason: "Active Directory shows no passwords".into(),
                after_ms: None,
                again: false,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_goes_between_quotation_marks_in_utf_16() {
        assert_eq!(quoted(&Secret::new("aé")), [b'"', 0, b'a', 0, 0xe9, 0, b'"', 0]);
    }
}
