//! The synthetic staff: visibly invented, and the same for the same seed.

use serde::{Deserialize, Serialize};

use super::dice::Draw;

/// The domain that all addresses are in; `.example` is reserved (RFC 2606) and can never receive mail.
pub(super) const DOMAIN: &str = "corp.example";

const GIVEN: [&str; 26] = [
    "Alfa", "Bravo", "Charlie", "Delta", "Echo", "Foxtrot", "Golf", "Hotel", "India", "Juliett", "Kilo", "Lima",
    "Mike", "November", "Oscar", "Papa", "Quebec", "Romeo", "Sierra", "Tango", "Uniform", "Victor", "Whiskey", "Xray",
    "Yankee", "Zulu",
];
const SURNAME: [&str; 10] = ["Doe", "Roe", "Poe", "Moe", "Noe", "Coe", "Loe", "Boe", "Koe", "Voe"];
const WORK: [(&str, &str); 9] = [
    ("Engineering", "Software Engineer"),
    ("Engineering", "Site Reliability Engineer"),
    ("Product", "Product Manager"),
    ("Design", "Designer"),
    ("Sales", "Account Executive"),
    ("Support", "Support Engineer"),
    ("Finance", "Accountant"),
    ("Legal", "Counsel"),
    ("People", "People Partner"),
];
const PLACE: [(&str, &str, &str); 9] = [
    ("US", "America/New_York", "New York"),
    ("US", "America/Los_Angeles", "Los Angeles"),
    ("GB", "Europe/London", "London"),
    ("DE", "Europe/Berlin", "Berlin"),
    ("IN", "Asia/Kolkata", "Bengaluru"),
    ("JP", "Asia/Tokyo", "Tokyo"),
    ("BR", "America/Sao_Paulo", "Sao Paulo"),
    ("AU", "Australia/Sydney", "Sydney"),
    ("CA", "America/Toronto", "Toronto"),
];

/// One person of the directory, with the id each vendor knows them by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// HR's number for the person, decimal.
    pub employee_id: String,
    /// Display name, such as `Alfa Doe`.
    pub name: String,
    /// Work address, lower case; the primary address in every vendor.
    pub email: String,
    /// The part before the `@`.
    pub login: String,
    /// Further Google addresses of the same account; most people have none.
    pub google_aliases: Vec<String>,
    /// Google's immutable user id: 21 digits.
    pub google_id: String,
    /// Okta's user id: `00u` and 17 characters.
    pub okta_id: String,
    /// Slack's user id; `None` without an account there.
    pub slack_id: Option<String>,
    /// GitHub login; `None` without an account there.
    pub github_login: Option<String>,
    /// Department as HR writes it.
    pub department: String,
    /// Job title as HR writes it.
    pub title: String,
    /// ISO 3166-1 alpha-2 code of the work site's country.
    pub country: String,
    /// IANA time zone of the work site.
    pub zone: String,
    /// City of the work site, which is all that an HR system tells about the zone.
    pub location: String,
    /// Address of the manager; executives have none.
    pub manager_email: Option<String>,
    /// `employee` or `contractor`.
    pub kind: String,
    /// About one in forty.
    pub executive: bool,
    /// Holds admin rights somewhere; about one in fifteen, never a contractor.
    pub privileged: bool,
}

/// The first `count` people under `seed`.
pub(super) fn directory(seed: u64, count: usize) -> Vec<Person> {
    let mut people: Vec<Person> = (0..count).map(|index| person(seed, index)).collect();
    assign_managers(seed, &mut people);
    people
}

/// The account that the console itself acts as: an admin of every vendor, and not one of the people.
pub(super) fn console_admin() -> Person {
    Person {
        employee_id: "1".into(),
        name: "Zulu Console".into(),
        email: format!("zulu.console@{DOMAIN}"),
        login: "zulu.console".into(),
        google_aliases: Vec::new(),
        google_id: format!("1{:020}", 1),
        okta_id: "00uzuluconsole000001".into(),
        slack_id: Some("U0ZULUADMIN".into()),
        github_login: Some("zulu-console".into()),
        department: "Engineering".into(),
        title: "Service Account".into(),
        country: "US".into(),
        zone: "America/New_York".into(),
        location: "New York".into(),
        manager_email: None,
        kind: "employee".into(),
        executive: false,
        privileged: true,
    }
}

/// Names depend on the number alone, so that number 0 is Alfa Doe under every seed; the rest is drawn.
fn person(seed: u64, index: usize) -> Person {
    let mut draw = Draw::new(seed, index);
    let given = GIVEN[index % GIVEN.len()];
    let surname = SURNAME[index / GIVEN.len() % SURNAME.len()];
    let round = index / (GIVEN.len() * SURNAME.len());
    let number = if round == 0 { String::new() } else { (round + 1).to_string() };
    let login = format!("{}.{}{number}", given.to_lowercase(), surname.to_lowercase());

    let contractor = draw.one_in(10);
    let executive = !contractor && draw.one_in(36);
    let privileged = !contractor && draw.one_in(14);
    let (department, title) = if executive { ("Executive", "Vice President") } else { WORK[draw.below(WORK.len())] };
    let (country, zone, location) = PLACE[draw.below(PLACE.len())];
    let initial = given.chars().next().map(|letter| letter.to_ascii_lowercase()).unwrap_or_default();
    let google_aliases = if draw.one_in(12) {
        vec![format!("{initial}.{}{number}@{DOMAIN}", surname.to_lowercase())]
    } else {
        Vec::new()
    };
    // Each draw is made whether it is needed or not, so that one trait does not shift all the others.
    let (no_github, no_slack) = (draw.one_in(20), draw.one_in(20));

    Person {
        employee_id: (1001 + index).to_string(),
        name: if number.is_empty() { format!("{given} {surname}") } else { format!("{given} {surname} {number}") },
        email: format!("{login}@{DOMAIN}"),
        google_id: format!("1{:08}{:012}", draw.below(100_000_000), index + 2),
        okta_id: format!("00u{}{}", letters(&mut draw, 9, BASE62), numbered(index, 8)),
        slack_id: (!no_slack).then(|| format!("U{}{}", letters(&mut draw, 4, BASE36), numbered(index, 6))),
        github_login: (!no_github).then(|| login.replace('.', "-")),
        google_aliases,
        department: department.into(),
        title: title.into(),
        country: country.into(),
        zone: zone.into(),
        location: location.into(),
        manager_email: None,
        kind: if contractor { "contractor" } else { "employee" }.into(),
        executive,
        privileged,
        login,
    }
}

const BASE62: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const BASE36: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// Random characters of a vendor-style id.
pub(super) fn letters(draw: &mut Draw, count: usize, alphabet: &[u8]) -> String {
    (0..count).map(|_| char::from(alphabet[draw.below(alphabet.len())])).collect()
}

/// The unique end of an id.
fn numbered(index: usize, width: usize) -> String {
    format!("{index:0width$}")
}

/// Every eighth person leads; leads report to executives, the rest to leads.
fn assign_managers(seed: u64, people: &mut [Person]) {
    let heads: Vec<usize> = (0..people.len()).filter(|&i| people[i].executive).collect();
    let leads: Vec<usize> =
        (0..people.len()).filter(|&i| i % 8 == 3 && !people[i].executive && people[i].kind == "employee").collect();
    for index in 0..people.len() {
        if people[index].executive {
            continue;
        }
        let above = if index % 8 == 3 || leads.is_empty() { &heads } else { &leads };
        let mut draw = Draw::new(seed ^ 0x6d61_6e61_6765_7273, index);
        people[index].manager_email = match above.len() {
            0 => None,
            many => {
                let manager = above[draw.below(many)];
                (manager != index).then(|| people[manager].email.clone())
            }
        };
    }
}
