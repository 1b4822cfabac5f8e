//! An IAM user, and whether it is the leaver's.

use super::{Iam, Query};
use crate::connectors::call::Kind;
use crate::connectors::http::{Failure, What};
use crate::connectors::{Call, Located};
use crate::model::{Account, Leaver};

/// The name of an IAM user. Never empty: a call without one would be about the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::connectors::aws) struct UserName(String);

impl UserName {
    /// 1 to 64 characters of `[\w+=,.@-]` (`CreateUser`).
    pub(super) fn new(name: &str) -> Option<Self> {
        let fits = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
        (1..=64).contains(&name.len()).then(|| name.chars().all(fits).then(|| Self(name.to_owned())))?
    }

    pub(super) fn of(account: &Account) -> Result<Self, Failure> {
        Self::new(&account.id).ok_or_else(|| {
            Failure::new(Kind::Read, What::Rejected, format!("`{}` cannot be an IAM user's name", account.id))
                .cure("correct the account's id in the id map")
        })
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a user shows of themselves.
struct User {
    name: String,
    arn: String,
    /// The address in their tag `email`, whatever its case.
    tag: Option<String>,
}

impl User {
    /// Theirs, unless the tag says otherwise.
    fn located(&self, leaver: &Leaver, matched_on: &str) -> Located {
        match &self.tag {
            Some(tag) if !tag.eq_ignore_ascii_case(&leaver.email) => Located::Unsure {
                reason: format!(
                    "{matched_on} finds {}, whose tag names {tag} and not {}: correct the tag or the id map",
                    self.arn, leaver.email
                ),
            },
            _ => Located::found(&self.name, &self.arn, matched_on),
        }
    }
}

impl Iam {
    /// By id map, else by what the configuration says that people's users are called.
    pub(super) async fn search(&self, leaver: &Leaver, known: Option<&str>, call: &Call) -> Result<Located, Failure> {
        if let Some(known) = known
            && let Some(user) = self.user(known, call).await?
        {
            return Ok(user.located(leaver, "id map"));
        }
        let names = self.config.names(leaver).map_err(|why| {
            Failure::new(Kind::Read, What::Rejected, why).cure("correct user_names, or what HR says of the leaver")
        })?;
        let mut found: Vec<User> = Vec::new();
        for name in &names {
            if let Some(user) = self.user(name, call).await?
                && !found.iter().any(|other| other.arn == user.arn)
            {
                found.push(user);
            }
        }
        let searched = format!("user name {}", names.join(" or "));
        Ok(match (known, found.as_slice()) {
            (None, [user]) => user.located(leaver, "user name"),
            (None, []) => Located::Nobody { searched },
            (Some(known), []) => Located::Nobody { searched: format!("user `{known}` of the id map, then {searched}") },
            (Some(known), [user, ..]) => Located::Unsure {
                reason: format!(
                    "the id map names user `{known}`, who does not exist, but {searched} finds {}",
                    user.arn
                ),
            },
            (None, [one, other, ..]) => Located::Unsure {
                reason: format!(
                    "both {} and {} may be the leaver's: put the right one into the id map",
                    one.arn, other.arn
                ),
            },
        })
    }

    /// `None`: there is none, as of a name that no user can have.
    async fn user(&self, name: &str, call: &Call) -> Result<Option<User>, Failure> {
        let Some(name) = UserName::new(name) else { return Ok(None) };
        let Some(answer) = self.found(&Query::read("GetUser", &name), call).await? else { return Ok(None) };
        let of = |key| answer.child("User").and_then(|user| user.of(key)).map(str::to_owned);
        let (Some(name), Some(arn)) = (of("UserName"), of("Arn")) else {
            return Err(Failure::new(Kind::Read, What::Unknown, "GetUser without a user"));
        };
        // GetUser shows the tags, but not everywhere: the list is complete.
        let asked = UserName::new(&name)
            .ok_or_else(|| Failure::new(Kind::Read, What::Unknown, format!("GetUser answers with `{name}`")))?;
        let tags = self.list("ListUserTags", "Tags", &asked, call).await?.unwrap_or_default();
        let tag = tags
            .iter()
            .find(|tag| tag.of("Key").is_some_and(|key| key.eq_ignore_ascii_case("email")))
            .and_then(|tag| tag.of("Value"))
            .map(str::to_owned);
        Ok(Some(User { name, arn, tag }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_never_empty_and_nothing_else_than_a_name() {
        for bad in ["", " ", "a b", "a/b", "ü", "a&UserName=b", "*", &"a".repeat(65)] {
            assert_eq!(UserName::new(bad), None, "{bad:?}");
        }
        for good in ["alfa.doe", "alfa.doe@corp.example", "A_+=,.@-9"] {
            assert_eq!(UserName::new(good).as_ref().map(UserName::as_str), Some(good));
        }
    }
}
