//! The services that the sandbox stands in for, and which module speaks for each.

use serde_json::{Value, json};

use super::limit::Budget;
use super::lock::hold;
use super::reply::Reply;
use super::request::Request;
use super::route::Route;
use super::world::World;
use super::{
    adobe, atlassian, bamboohr, desk, github, gitlab, google, hooks, hubspot, jamf, msgraph, okta, pagerduty,
    salesforce, scim, slack, tools, zoom,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Vendor {
    Google,
    Okta,
    Slack,
    Github,
    Gitlab,
    Desk,
    Bamboohr,
    Hooks,
    Pagerduty,
    Atlassian,
    Adobe,
    Jamf,
    Salesforce,
    Hubspot,
    Zoom,
    Scim,
    Msgraph,
    Tools,
}

impl Vendor {
    pub(super) const ALL: &[Vendor] = &[
        Vendor::Google,
        Vendor::Okta,
        Vendor::Slack,
        Vendor::Github,
        Vendor::Gitlab,
        Vendor::Desk,
        Vendor::Bamboohr,
        Vendor::Hooks,
        Vendor::Pagerduty,
        Vendor::Atlassian,
        Vendor::Adobe,
        Vendor::Jamf,
        Vendor::Salesforce,
        Vendor::Hubspot,
        Vendor::Zoom,
        Vendor::Scim,
        Vendor::Msgraph,
        Vendor::Tools,
    ];

    /// The first part of its paths, and its name in calls and faults.
    pub(super) fn name(self) -> &'static str {
        match self {
            Vendor::Google => "google",
            Vendor::Okta => "okta",
            Vendor::Slack => "slack",
            Vendor::Github => "github",
            Vendor::Gitlab => "gitlab",
            Vendor::Desk => "desk",
            Vendor::Bamboohr => "bamboohr",
            Vendor::Hooks => "hooks",
            Vendor::Pagerduty => "pagerduty",
            Vendor::Atlassian => "atlassian",
            Vendor::Adobe => "adobe",
            Vendor::Jamf => "jamf",
            Vendor::Salesforce => "salesforce",
            Vendor::Hubspot => "hubspot",
            Vendor::Zoom => "zoom",
            Vendor::Scim => "scim",
            Vendor::Msgraph => "msgraph",
            Vendor::Tools => "tools",
        }
    }

    pub(super) fn of_prefix(prefix: &str) -> Option<Vendor> {
        Vendor::ALL.iter().copied().find(|vendor| vendor.name() == prefix)
    }

    /// What is really so of one person's access there, in the vendor's own words; `Null` for those that [`super::Truth`]
    /// tells of.
    pub(super) fn state(self, world: &World, who: usize) -> Value {
        match self {
            Vendor::Google => google::state(world, who),
            Vendor::Okta => okta::state(world, who),
            Vendor::Desk => json!({ "active": hold(&world.accounts[who]).desk_active }),
            Vendor::Atlassian => atlassian::state(world, who),
            Vendor::Adobe => adobe::state(world, who),
            Vendor::Jamf => jamf::state(world, who),
            Vendor::Salesforce => salesforce::state(world, who),
            Vendor::Hubspot => hubspot::state(world, who),
            Vendor::Zoom => zoom::state(world, who),
            Vendor::Scim => scim::state(world, who),
            Vendor::Msgraph => msgraph::state(world, who),
            Vendor::Slack => slack::state(world, who),
            Vendor::Github => hold(&world.github).state(who),
            Vendor::Tools => world.tools.state(who),
            Vendor::Gitlab => gitlab::state(world, who),
            _ => Value::Null,
        }
    }

    /// What the call asks for.
    pub(super) fn route(self, world: &World, request: &Request) -> Route {
        match self {
            Vendor::Google => google::route(world, request),
            Vendor::Okta => okta::route(world, request),
            Vendor::Slack => slack::route(world, request),
            Vendor::Github => github::route(world, request),
            Vendor::Gitlab => gitlab::route(world, request),
            Vendor::Desk => desk::route(world, request),
            Vendor::Bamboohr => bamboohr::route(world, request),
            Vendor::Hooks => hooks::route(request),
            Vendor::Pagerduty => pagerduty::route(request),
            Vendor::Atlassian => atlassian::route(world, request),
            Vendor::Adobe => adobe::route(world, request),
            Vendor::Jamf => jamf::route(world, request),
            Vendor::Salesforce => salesforce::route(world, request),
            Vendor::Hubspot => hubspot::route(world, request),
            Vendor::Zoom => zoom::route(world, request),
            Vendor::Scim => scim::route(world, request),
            Vendor::Msgraph => msgraph::route(world, request),
            Vendor::Tools => tools::route(world, request),
        }
    }

    /// How this vendor says "you are calling too fast".
    pub(super) fn limited(self, world: &World, request: &Request, budget: Budget) -> Reply {
        match self {
            Vendor::Google => google::limited(),
            Vendor::Okta => okta::limited(),
            Vendor::Slack => slack::limited(world, request, budget.retry_after()),
            Vendor::Github => github::limited(),
            Vendor::Gitlab => gitlab::limited(budget),
            Vendor::Desk => desk::busy(),
            Vendor::Bamboohr => bamboohr::limited(),
            Vendor::Hooks => hooks::limited(budget.retry_after()),
            Vendor::Pagerduty => pagerduty::limited(),
            Vendor::Atlassian => atlassian::limited(),
            Vendor::Adobe => adobe::limited(budget.retry_after()),
            Vendor::Jamf => jamf::limited(),
            Vendor::Salesforce => salesforce::limited(),
            Vendor::Hubspot => hubspot::limited(),
            Vendor::Zoom => zoom::limited(),
            Vendor::Scim => scim::limited(budget.retry_after()),
            Vendor::Msgraph => msgraph::limited(budget),
            Vendor::Tools => tools::limited(budget.retry_after()),
        }
    }

    /// How this vendor answers with `status` when it fails for no fault of the caller's.
    pub(super) fn failed(self, world: &World, request: &Request, status: u16) -> Reply {
        match self {
            Vendor::Google => google::failed(status),
            Vendor::Okta => okta::failed(status),
            Vendor::Slack => slack::failed(world, request, status),
            Vendor::Github => github::failed(status),
            Vendor::Gitlab => gitlab::failed(status),
            Vendor::Desk => desk::failed(status),
            Vendor::Bamboohr => bamboohr::failed(status),
            Vendor::Hooks => hooks::failed(status),
            Vendor::Pagerduty => pagerduty::failed(status),
            Vendor::Atlassian => atlassian::failed(status),
            Vendor::Adobe => adobe::failed(status),
            Vendor::Jamf => jamf::failed(status),
            Vendor::Salesforce => salesforce::failed(status),
            Vendor::Hubspot => hubspot::failed(status),
            Vendor::Zoom => zoom::failed(status),
            Vendor::Scim => scim::failed(status),
            Vendor::Msgraph => msgraph::failed(status),
            Vendor::Tools => tools::failed(status),
        }
    }

    /// Adds the headers that this vendor puts on every reply.
    pub(super) fn dress(self, world: &World, reply: Reply, budget: Option<Budget>) -> Reply {
        match self {
            Vendor::Okta => okta::dress(reply, budget.unwrap_or_else(|| world.okta_window.count(1))),
            Vendor::Github => github::dress(reply, budget.unwrap_or_else(|| world.github_window.count(1))),
            Vendor::Salesforce => salesforce::dress(world, reply),
            Vendor::Gitlab => match budget {
                Some(budget) => gitlab::dress(reply, budget),
                None => reply,
            },
            _ => reply,
        }
    }
}
