//! The keys of a `type = "aws"` section.

use serde::Deserialize;

use crate::connectors::http::address::Base;
use crate::connectors::http_api::template::{Values, named};
use crate::model::Leaver;
use crate::vault::SecretRef;

/// `[connectors.NAME]` with `type = "aws"`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Whose users these are; `iam`.
    #[serde(default)]
    pub(super) directory: Directory,
    /// The access key id of the IAM user that Nightlatch acts as.
    pub(super) access_key_id: SecretRef,
    /// Its secret access key.
    pub(super) secret_access_key: SecretRef,
    /// A role to assume with these keys, for another account than theirs.
    #[serde(default)]
    pub(super) role_arn: Option<String>,
    /// The external id that the role's trust policy asks for.
    #[serde(default)]
    pub(super) external_id: Option<String>,
    /// The region of STS and of Identity Center; `us-east-1`.
    #[serde(default = "first_region")]
    pub(super) region: String,
    /// Templates over `leaver`: what the person's user may be called; the e-mail, then the login.
    #[serde(default = "names")]
    pub(super) user_names: Vec<String>,
    /// IAM alone: roles in which the sessions of the leaver are denied. Their trust policies have to enforce
    /// `sts:RoleSessionName = ${aws:username}`, for a session can be told by its name only; none.
    #[serde(default)]
    pub(super) session_roles: Vec<String>,
    /// Identity Center alone: the instance, if the credentials see several.
    #[serde(default)]
    pub(super) instance_arn: Option<String>,
    /// IAM's address; AWS's own by default, as with the next.
    #[serde(default)]
    pub(super) iam_url: Option<Base>,
    /// STS's address.
    #[serde(default)]
    pub(super) sts_url: Option<Base>,
    /// The Identity Store's address.
    #[serde(default)]
    pub(super) identity_store_url: Option<Base>,
    /// SSO Admin's address.
    #[serde(default)]
    pub(super) sso_url: Option<Base>,
}

/// Whose users a section is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Directory {
    /// The account's own.
    #[default]
    Iam,
    /// The organisation's, in IAM Identity Center.
    IdentityCenter,
}

fn first_region() -> String {
    "us-east-1".to_owned()
}

fn names() -> Vec<String> {
    vec!["{{ leaver.email }}".to_owned(), "{{ leaver.login }}".to_owned()]
}

impl Config {
    /// What reads well and cannot be right.
    pub(super) fn check(&self) -> Result<(), String> {
        let plain =
            |text: &str| text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        if self.region.is_empty() || !plain(&self.region) {
            return Err(format!("`{}` is no region, as in `eu-central-1`", self.region));
        }
        if self.role_arn.as_ref().is_some_and(|arn| !(arn.starts_with("arn:") && arn.contains(":role/"))) {
            return Err("role_arn must be a role's ARN, as in `arn:aws:iam::123456789012:role/Offboarding`".to_owned());
        }
        if self.user_names.is_empty() {
            return Err("user_names must hold at least one template".to_owned());
        }
        for template in &self.user_names {
            named(template, &Values::sample_leaver()).map_err(|why| format!("user_names: {why}"))?;
        }
        match self.directory {
            Directory::Iam if self.instance_arn.is_some() => {
                Err("instance_arn is of Identity Center: set directory = \"identity-center\", or leave it out"
                    .to_owned())
            }
            Directory::IdentityCenter if !self.session_roles.is_empty() => {
                Err("session_roles are of IAM: set directory = \"iam\", or leave them out".to_owned())
            }
            _ => Ok(()),
        }
    }

    /// What the person's user may be called, each name once.
    pub(super) fn names(&self, leaver: &Leaver) -> Result<Vec<String>, String> {
        let values = Values::leaver(leaver);
        let mut names: Vec<String> = Vec::new();
        for template in &self.user_names {
            let name = named(template, &values)?;
            if !names.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
                names.push(name);
            }
        }
        Ok(names)
    }

    /// China and the US government have domains and IAMs of their own.
    fn domain(&self) -> &'static str {
        if self.region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" }
    }

    /// IAM has one endpoint a partition; its requests are signed for the region that it lives in.
    pub(super) fn iam(&self) -> (Base, String) {
        let (host, region) = match self.region.as_str() {
            china if china.starts_with("cn-") => ("iam.cn-north-1", "cn-north-1"),
            government if government.starts_with("us-gov-") => ("iam.us-gov", "us-gov-west-1"),
            _ => ("iam", "us-east-1"),
        };
        let known = || Base::known(&format!("https://{host}.{}", self.domain()));
        (self.iam_url.clone().unwrap_or_else(known), region.to_owned())
    }

    /// The endpoint of a regional service, unless the section names another.
    pub(super) fn regional(&self, host: &str, given: Option<&Base>) -> Base {
        given.cloned().unwrap_or_else(|| Base::known(&format!("https://{host}.{}.{}", self.region, self.domain())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(more: &str) -> Config {
        toml::from_str(&format!("access_key_id = 'env:A'\nsecret_access_key = 'env:B'\n{more}")).unwrap()
    }

    #[test]
    fn each_partition_has_an_iam_of_its_own() {
        let iam = |region: &str| {
            let (base, signed_for) = config(&format!("region = '{region}'")).iam();
            (base.url().to_string(), signed_for)
        };
        assert_eq!(iam("eu-central-1"), ("https://iam.amazonaws.com/".into(), "us-east-1".into()));
        assert_eq!(iam("cn-northwest-1"), ("https://iam.cn-north-1.amazonaws.com.cn/".into(), "cn-north-1".into()));
        assert_eq!(iam("us-gov-east-1"), ("https://iam.us-gov.amazonaws.com/".into(), "us-gov-west-1".into()));
    }

    #[test]
    fn what_cannot_be_right_is_said() {
        for (more, why) in [
            ("region = 'Frankfurt'", "is no region"),
            ("role_arn = 'Offboarding'", "role's ARN"),
            ("user_names = []", "at least one"),
            ("user_names = ['{{ leaver.mail }}']", "leaver.mail"),
            ("instance_arn = 'arn:aws:sso:::instance/ssoins-1'", "identity-center"),
            ("directory = 'identity-center'\nsession_roles = ['Admin']", "directory = \"iam\""),
        ] {
            let told = config(more).check().unwrap_err();
            assert!(told.contains(why), "{told}");
        }
        assert_eq!(config("").check(), Ok(()));
    }
}
