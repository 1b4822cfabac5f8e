//! Who is at the other end of a socket: the kernel says, the client is not asked.

use tokio::net::UnixStream;

use crate::model::Actor;

/// The peer's user id and login name; `None`: the kernel does not say.
pub(super) fn of(stream: &UnixStream) -> Option<Actor> {
    let uid = stream.peer_cred().ok()?.uid();
    Some(Actor::Operator { uid, login: login(uid) })
}

/// The login name of `uid` in the host's passwd file; `uid-1234` for one that it does not list.
fn login(uid: u32) -> String {
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let of_line = |line: &str| {
        let mut fields = line.split(':');
        let (name, listed) = (fields.next()?, fields.nth(1)?);
        (listed.parse() == Ok(uid)).then(|| name.to_owned())
    };
    passwd.lines().find_map(of_line).unwrap_or_else(|| format!("uid-{uid}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listed_uid_has_its_name_and_another_its_number() {
        assert_eq!(login(0), "root");
        assert_eq!(login(4_000_000_000), "uid-4000000000");
    }
}
