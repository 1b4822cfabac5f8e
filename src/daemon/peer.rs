//! Who is at the other end of a socket: the kernel says, the client is not asked.

use tokio::net::UnixStream;

use crate::config::AccessConfig;
use crate::config::access::Somebody;
use crate::model::{Actor, Role};

/// A process that connected.
pub(super) struct Peer {
    pub(super) actor: Actor,
    pub(super) role: Role,
}

/// Who it is and what they may do; `Err`: nobody who may come in, if the kernel says who at all.
pub(super) async fn of(stream: &UnixStream, access: &AccessConfig) -> Result<Peer, Option<Actor>> {
    let credentials = stream.peer_cred().map_err(|_| None)?;
    let (uid, gid) = (credentials.uid(), credentials.gid());
    // The host's directory may be at the other end of a network.
    let known = tokio::task::spawn_blocking(move || somebody(uid, gid)).await.map_err(|_| None)?;
    let actor = Actor::Operator { uid, login: known.user[0].clone() };
    let mine = rustix::process::geteuid().as_raw();
    let role = if uid == mine || uid == 0 { Some(Role::Owner) } else { access.role_of(&known) };
    role.map(|role| Peer { actor: actor.clone(), role }).ok_or(Some(actor))
}

/// A user as the host's directory has them, with the groups that it lists them in; `gid` is the process's own group.
/// The login name is `uid-1234` for one that it does not know.
fn somebody(uid: u32, gid: u32) -> Somebody {
    let user = uzers::get_user_by_uid(uid);
    let login = user.as_ref().map(|it| it.name().to_string_lossy().into_owned());
    let listed = user.and_then(|it| it.groups()).unwrap_or_default();
    let groups = listed.into_iter().chain(uzers::get_group_by_gid(gid));
    let named = groups.flat_map(|it| [it.name().to_string_lossy().into_owned(), it.gid().to_string()]);
    Somebody {
        user: [login.unwrap_or_else(|| format!("uid-{uid}")), uid.to_string()],
        groups: named.chain([gid.to_string()]).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listed_user_has_a_name_and_groups_and_another_a_number() {
        let root = somebody(0, 0);
        assert_eq!(root.user, ["root", "0"]);
        assert!(root.groups.contains(&"0".to_owned()), "{:?}", root.groups);
        assert_eq!(somebody(4_000_000_000, 4_000_000_000).user, ["uid-4000000000", "4000000000"]);
    }
}
