//! Everything the sandbox knows, shared by all calls. People never come or go, so the way from a key to a person needs
//! no lock, and each person's accounts have a lock of their own.

use std::collections::{HashMap, HashSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::account::Account;
use super::adobe;
use super::alerts::AlertBook;
use super::atlassian;
use super::credentials::Issued;
use super::dice::Dice;
use super::fault::Faults;
use super::gitlab;
use super::google;
use super::hubspot;
use super::jamf;
use super::limit::Window;
use super::lock::hold;
use super::msgraph;
use super::okta;
use super::people::{self, Person};
use super::record::Recorder;
use super::salesforce;
use super::scim::Tenants;
use super::tokens::Tokens;
use super::tools::Tools;
use super::truth::Truth;
use super::zoom;

pub(super) struct World {
    /// `http://127.0.0.1:PORT`.
    pub(super) base: String,
    pub(super) issued: Issued,
    /// The people, and after the last of them the console's own admin.
    pub(super) people: Vec<Person>,
    pub(super) accounts: Vec<Mutex<Account>>,
    pub(super) keys: Keys,
    pub(super) tokens: Tokens,
    pub(super) recorder: Recorder,
    pub(super) faults: Faults,
    pub(super) dice: Dice,
    pub(super) salesforce: Mutex<salesforce::Tenant>,
    pub(super) hubspot: Mutex<hubspot::Tenant>,
    pub(super) zoom: Mutex<zoom::Tenant>,
    /// The firm's internal tools.
    pub(super) tools: Tools,
    pub(super) alerts: AlertBook,
    pub(super) scim: Tenants,
    /// How long some reads show the state before the last write.
    pub(super) lag: Duration,
    pub(super) atlassian: atlassian::Tenant,
    pub(super) adobe: adobe::Tenant,
    pub(super) jamf: jamf::Tenant,
    pub(super) msgraph: Mutex<msgraph::Tenant>,
    pub(super) okta_window: Window,
    pub(super) github_window: Window,
    pub(super) slack: Mutex<super::slack::Tenant>,
    pub(super) github: Mutex<super::github::Tenant>,
    pub(super) gitlab: Mutex<gitlab::Tenant>,
    /// Okta refuses a client assertion whose `jti` it has seen.
    pub(super) seen_jti: Mutex<HashMap<String, u64>>,
    /// Held around an irreversible deed and its entry, so that of two at once the second is always seen as the second.
    pub(super) for_good: Mutex<()>,
    /// Scopes that the credentials do not have after all.
    withheld: Mutex<HashSet<String>>,
    /// What each person has in Google beside the account.
    pub(super) google: Mutex<google::Tenant>,
    /// What each person has in Okta beside the account.
    pub(super) okta: Mutex<okta::Tenant>,
    seed: u64,
    turns: AtomicUsize,
}

impl World {
    pub(super) fn new(base: String, issued: Issued, options: &super::Options) -> World {
        let mut people = people::directory(options.seed, options.people);
        people.push(people::console_admin());
        let accounts = people
            .iter()
            .enumerate()
            .map(|(index, person)| Mutex::new(Account::fresh(options.seed, index, person)))
            .collect();
        let slack = Mutex::new(super::slack::Tenant::fresh(&people));
        let github = Mutex::new(super::github::Tenant::fresh(&people));
        World {
            base,
            issued,
            keys: Keys::of(&people),
            salesforce: Mutex::new(salesforce::Tenant::fresh(&people)),
            hubspot: Mutex::new(hubspot::Tenant::fresh(&people)),
            zoom: Mutex::new(zoom::Tenant::fresh(&people)),
            msgraph: Mutex::new(msgraph::Tenant::fresh(options.seed, &people)),
            tools: Tools::fresh(&people),
            accounts,
            atlassian: atlassian::Tenant::fresh(&people),
            adobe: adobe::Tenant::fresh(&people),
            jamf: jamf::Tenant::fresh(&people),
            tokens: Tokens::default(),
            recorder: Recorder::new(options.record_calls),
            faults: Faults::default(),
            dice: Dice::new(options.seed),
            alerts: AlertBook::default(),
            scim: Tenants::default(),
            lag: Duration::from_millis(options.read_lag_ms),
            okta_window: Window::new(600_000, 60),
            github_window: Window::new(1_000_000, 3600),
            slack,
            github,
            gitlab: Mutex::new(gitlab::Tenant::fresh(&people)),
            seen_jti: Mutex::default(),
            for_good: Mutex::default(),
            withheld: Mutex::default(),
            google: Mutex::new(google::Tenant::fresh(options.seed, &people)),
            okta: Mutex::new(okta::Tenant::fresh(options.seed, &people)),
            seed: options.seed,
            turns: AtomicUsize::new(0),
            people,
        }
    }

    /// Number of the console's admin: the last of all.
    pub(super) fn admin(&self) -> usize {
        self.people.len() - 1
    }

    pub(super) fn staff(&self) -> &[Person] {
        &self.people[..self.admin()]
    }

    pub(super) fn truth(&self, email: &str) -> Option<Truth> {
        let index = self.keys.email(email)?;
        Some(Truth::of(&self.people[index].email, &hold(&self.accounts[index])))
    }

    /// Puts a person's accounts back to how they were at the start.
    pub(super) fn restore(&self, index: usize) {
        let person = &self.people[index];
        *hold(&self.accounts[index]) = Account::fresh(self.seed, index, person);
        self.atlassian.restore(index);
        self.adobe.restore(index);
        self.jamf.restore(index);
        hold(&self.salesforce).restore(index, &self.people);
        hold(&self.hubspot).restore(index, &self.people);
        hold(&self.zoom).restore(index, &self.people);
        hold(&self.google).restore(self.seed, &self.people, index);
        hold(&self.okta).restore(self.seed, &self.people, index);
        self.scim.restore(index);
        hold(&self.msgraph).restore(self.seed, index, person);
        hold(&self.slack).settle(index, person, self.admin());
        hold(&self.github).settle(index, person);
        self.tools.restore(index, person);
        hold(&self.gitlab).restore(index, person);
        self.recorder.forget_subject(&person.email);
    }

    /// From now on nobody gets a token with this scope.
    pub(super) fn withhold(&self, scope: &str) {
        hold(&self.withheld).insert(scope.to_owned());
    }

    pub(super) fn withholds(&self, scope: &str) -> bool {
        hold(&self.withheld).contains(scope)
    }

    /// True every second time: for what a vendor does now one way, now the other.
    pub(super) fn every_other_time(&self) -> bool {
        self.turns.fetch_add(1, Ordering::Relaxed) % 2 == 1
    }
}

/// From what a vendor calls a person to the person's number. No key of one vendor can be mistaken for another's, apart
/// from login and address, which mean the same person everywhere.
pub(super) struct Keys {
    google: HashMap<String, usize>,
    okta: HashMap<String, usize>,
    slack: HashMap<String, usize>,
    github: HashMap<String, usize>,
    employee: HashMap<String, usize>,
    login: HashMap<String, usize>,
}

impl Keys {
    fn of(people: &[Person]) -> Keys {
        let keyed = |keys: fn(&Person) -> Vec<&str>| {
            let mut map = HashMap::new();
            for (index, person) in people.iter().enumerate() {
                for key in keys(person) {
                    map.insert(key.to_lowercase(), index);
                }
            }
            map
        };
        Keys {
            google: keyed(|p| {
                let mut keys = vec![p.email.as_str(), p.google_id.as_str()];
                keys.extend(p.google_aliases.iter().map(String::as_str));
                keys
            }),
            // Ids are told apart by case, logins are not.
            okta: {
                let mut map = keyed(|p| vec![p.email.as_str(), p.login.as_str()]);
                map.extend(people.iter().enumerate().map(|(index, p)| (p.okta_id.clone(), index)));
                map
            },
            slack: keyed(|p| p.slack_id.iter().map(String::as_str).collect()),
            github: keyed(|p| p.github_login.iter().map(String::as_str).collect()),
            employee: keyed(|p| vec![p.employee_id.as_str()]),
            login: keyed(|p| vec![p.login.as_str()]),
        }
    }

    /// By primary address, alias or id.
    pub(super) fn google(&self, key: &str) -> Option<usize> {
        self.google.get(&key.to_lowercase()).copied()
    }

    /// By id, full login or the short login before the `@`.
    pub(super) fn okta(&self, key: &str) -> Option<usize> {
        self.okta.get(key).or_else(|| self.okta.get(&key.to_lowercase())).copied()
    }

    pub(super) fn slack(&self, id: &str) -> Option<usize> {
        self.slack.get(&id.to_lowercase()).copied()
    }

    pub(super) fn github(&self, login: &str) -> Option<usize> {
        self.github.get(&login.to_lowercase()).copied()
    }

    pub(super) fn employee(&self, id: &str) -> Option<usize> {
        self.employee.get(id).copied()
    }

    pub(super) fn login(&self, login: &str) -> Option<usize> {
        self.login.get(&login.to_lowercase()).copied()
    }

    /// By primary address alone.
    pub(super) fn email(&self, email: &str) -> Option<usize> {
        let email = email.to_lowercase();
        let (login, domain) = email.split_once('@')?;
        (domain == people::DOMAIN).then(|| self.login.get(login).copied())?
    }
}
