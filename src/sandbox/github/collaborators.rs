//! People who are no members and still can reach repositories.

use super::super::account::GithubAccess;
use super::super::reply::Reply;
use super::super::route::{Answer, Turn};
use super::{Needs, allowed, error, not_found, page, simple_user};

pub(super) fn list(turn: &Turn<'_>) -> Answer {
    allowed(turn, Some(Needs::ReadMembers))?;
    let outside = |&who: &usize| {
        turn.account(who)
            .github
            .as_ref()
            .is_some_and(|github| github.access.seen(turn.now) == GithubAccess::Collaborator)
    };
    // Members never turn into collaborators here, so only contractors need a look.
    let contractors = |who: &usize| turn.person(*who).kind == "contractor";
    let all: Vec<usize> = (0..turn.world.people.len()).filter(contractors).filter(outside).collect();
    Ok(page(turn, &all, |who| vec![simple_user(turn, who)]))
}

/// A member is refused; of anybody else it is said that they are gone, whether they were there or not.
pub(super) fn remove(turn: &Turn<'_>, who: Option<usize>) -> Answer {
    allowed(turn, Some(Needs::WriteMembers))?;
    let who = who.ok_or_else(not_found)?;
    let mut account = turn.account(who);
    let github = account.github.as_mut().ok_or_else(not_found)?;
    if github.shows_member(github.access.now()) {
        return Err(error(422, "You cannot specify an organization member to remove as an outside collaborator."));
    }
    if github.access.now() == GithubAccess::Collaborator {
        github.access.set(GithubAccess::None, turn.now, turn.world.lag);
    }
    Ok(Reply::empty(204).done())
}
