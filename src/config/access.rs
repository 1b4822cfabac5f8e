//! `[access]`: who else may come to the engine, and what they may do there.

use std::path::PathBuf;

use serde::Deserialize;

use super::ConfigError;
use super::section::Section;
use crate::model::Role;

/// `[access]`. Without it the engine's own user and root come in, and nobody else.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AccessConfig {
    /// A socket that other users reach, made absolute from the configuration's folder.
    pub socket: Option<PathBuf>,
    viewers: Vec<Who>,
    operators: Vec<Who>,
    approvers: Vec<Who>,
}

/// Whom a role is given to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
enum Who {
    /// A login name or a user id.
    User(String),
    /// A group's name or id, written as in `@secops`.
    Group(String),
}

impl TryFrom<String> for Who {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let name = text.strip_prefix('@').unwrap_or(&text);
        if name.is_empty() || name.contains(|c: char| c.is_whitespace() || c.is_control() || c == '@') {
            return Err(format!("`{text}` is no user and no group: write them as in `alfa` and `@secops`"));
        }
        let name = name.to_owned();
        Ok(if text.starts_with('@') { Self::Group(name) } else { Self::User(name) })
    }
}

/// Somebody as the host knows them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Somebody {
    /// Login name and user id.
    pub user: [String; 2],
    /// Names and ids of their groups.
    pub groups: Vec<String>,
}

impl AccessConfig {
    pub(super) fn read(section: &Section) -> Result<Self, ConfigError> {
        let mut access: Self = section.parse()?;
        let nobody = access.viewers.is_empty() && access.operators.is_empty() && access.approvers.is_empty();
        match &access.socket {
            None if !nobody => {
                let what = "without it nobody but the engine's own user and root can come in";
                return Err(section.fault("socket", what, "name one as in `/run/nightlatch/operators.sock`"));
            }
            Some(_) if nobody => {
                let cure = "name them in `viewers`, `operators` and `approvers`";
                return Err(section.fault("socket", "nobody may come in by it", cure));
            }
            _ => {}
        }
        access.socket = access.socket.map(|socket| section.folder().join(socket));
        Ok(access)
    }

    /// The highest role that is given to somebody; `None`: they may not come in.
    pub fn role_of(&self, somebody: &Somebody) -> Option<Role> {
        let is = |who: &Who| match who {
            Who::User(name) => somebody.user.contains(name),
            Who::Group(name) => somebody.groups.contains(name),
        };
        let roles =
            [(Role::Approver, &self.approvers), (Role::Operator, &self.operators), (Role::Viewer, &self.viewers)];
        roles.into_iter().find(|(_, people)| people.iter().any(is)).map(|(role, _)| role)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Config;

    fn access(text: &str) -> Result<AccessConfig, String> {
        let config = Config::parse(text, Path::new("/etc/nightlatch/config.toml"));
        config.map(|it| it.access).map_err(|error| error.to_string())
    }

    fn somebody(name: &str, uid: u32, groups: &[&str]) -> Somebody {
        let groups = groups.iter().map(|&it| it.to_owned()).collect();
        Somebody { user: [name.to_owned(), uid.to_string()], groups }
    }

    #[test]
    fn the_highest_role_counts_by_name_by_id_and_by_group() {
        let access = access(
            r#"[access]
socket = "operators.sock"
viewers = ["@soc", "bravo"]
operators = ["@secops", "1007"]
approvers = ["alfa", "@2000"]
"#,
        )
        .unwrap();
        assert_eq!(access.socket.as_deref(), Some(Path::new("/etc/nightlatch/operators.sock")));
        for (who, role) in [
            (somebody("alfa", 1001, &["soc"]), Some(Role::Approver)),
            (somebody("bravo", 1002, &[]), Some(Role::Viewer)),
            (somebody("bravo", 1002, &["secops", "soc"]), Some(Role::Operator)),
            (somebody("charlie", 1007, &[]), Some(Role::Operator)),
            (somebody("delta", 1008, &["leads", "2000"]), Some(Role::Approver)),
            (somebody("soc", 1009, &["alfa", "bravo"]), None),
            (somebody("2000", 1010, &[]), None),
        ] {
            assert_eq!(access.role_of(&who), role, "{who:?}");
        }
        assert_eq!(AccessConfig::default().role_of(&somebody("alfa", 1001, &[])), None);
    }

    #[test]
    fn a_door_without_people_and_people_without_a_door_are_faults() {
        let told = access("[access]\noperators = [\"alfa\"]\n").unwrap_err();
        assert!(told.contains("access.socket") && told.contains("/run/nightlatch/operators.sock"), "{told}");
        let told = access("[access]\nsocket = \"a.sock\"\n").unwrap_err();
        assert!(told.contains("access.socket") && told.contains("nobody may come in"), "{told}");
        let told = access("[access]\nsocket = \"a.sock\"\napprovers = [\"@\"]\n").unwrap_err();
        assert!(told.contains("`@` is no user and no group"), "{told}");
    }
}
