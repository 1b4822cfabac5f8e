//! What every connector does with what no vendor should send: it says what happened and what helps, takes nothing for
//! done, and lets no secret out.

use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use nightlatch::connectors::{Located, Probe, registry};
use nightlatch::model::health::Health;
use nightlatch::model::{Account, Leaver, Outcome, StepClass, Verdict};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::bench::{Rig, folder, secret};
use super::stub::{Stub, answer};
use super::tls::{Authority, Server};

/// A kind of connector, and how it is set up against a server that behaves badly.
struct Subject {
    kind: &'static str,
    /// Its section. `BASE` is the server's address; `SECRET` is kept in a file, as are `PEM`, a private key, and
    /// `KEYFILE`, a service account's key.
    toml: &'static str,
    /// Who it acts as; empty: there is nobody to be named.
    own: &'static str,
    /// What reading about an account gives where all is well.
    alive: Answers,
    /// Actions that `alive` gives nothing to do: they send nothing.
    idle: &'static [&'static str],
    /// Lists after whose every page there is another.
    page: Answers,
    /// An account's id may be any text; else what cannot be one is refused before anything is sent.
    any_id: bool,
}

/// Bodies by a part of the request: the first that fits; the empty part fits all. In a body, `ID` is the account that was
/// asked for, `ACTION` what AWS was asked to do, `BASE` the server, and `more` is another at each page.
type Answers = &'static [(&'static str, &'static str)];

/// Most kinds are like this.
const PLAIN: Subject = Subject { kind: "", toml: "", own: "", alive: &[], idle: &[], page: &[], any_id: true };

/// One line a kind. Whoever adds a kind adds its line.
const SUBJECTS: &[Subject] = &[
    Subject {
        kind: "google",
        toml: GOOGLE,
        alive: &[
            ("/autoForwarding", r#"{"enabled":true,"emailAddress":"alfa@home.example"}"#),
            ("/devices/mobile", r#"{"mobiledevices":[{"resourceId":"a/../b","email":["alfa.doe@corp.example"]}]}"#),
            ("/roleassignments", r#"{"items":[{"roleAssignmentId":"r"}]}"#),
            ("/groups?", r#"{"groups":[{"id":"g"}]}"#),
            (
                "/deviceUsers",
                r#"{"deviceUsers":[{"name":"devices/d/deviceUsers/u","userEmail":"alfa.doe@corp.example"}]}"#,
            ),
            ("/devices/d", r#"{"name":"devices/d","ownerType":"COMPANY"}"#),
            (
                "/devices/chromeos?",
                r#"{"chromeosdevices":[{"deviceId":"a/../b","status":"ACTIVE","annotatedUser":"alfa.doe@corp.example"}]}"#,
            ),
            ("", GOOGLE_USER),
        ],
        page: &[("", r#"{"nextPageToken":"more","items":[{"clientId":"c"}]}"#)],
        ..PLAIN
    },
    Subject {
        kind: "okta",
        toml: "base_url = 'BASE'\napi_token = 'SECRET'",
        alive: &[
            ("/factors", r#"[{"id":"f"}]"#),
            ("/api-tokens", r#"[{"id":"t","userId":"ID"}]"#),
            ("/grants", r#"[{"id":"g"}]"#),
            ("/clients", r#"[{"client_id":"a/../b"}]"#),
            ("/roles", r#"[{"id":"r","type":"READ_ONLY_ADMIN","assignmentType":"USER"}]"#),
            ("/groups", r#"[{"id":"g","type":"OKTA_GROUP"}]"#),
            ("/apps?", r#"[{"id":"a","_embedded":{"user":{"scope":"USER"}}}]"#),
            ("", OKTA_USER),
        ],
        page: &[("", r#"[{"id":"f"}]"#)],
        ..PLAIN
    },
    Subject {
        kind: "slack",
        toml: SLACK,
        alive: &[("", SLACK_USER)],
        page: &[("", r#"{"ok":true,"next_cursor":"more","response_metadata":{"next_cursor":"more"}}"#)],
        ..PLAIN
    },
    Subject {
        kind: "github",
        toml: GITHUB,
        alive: &[
            ("/graphql", GITHUB_TEAMS),
            ("/credential-authorizations", r#"[{"login":"ID","credential_id":1}]"#),
            ("/personal-access-tokens", r#"[{"id":1,"owner":{"login":"ID"}}]"#),
            ("/invitations", r#"[{"id":1,"login":"ID"}]"#),
            ("", r#"{"login":"ID","role":"member","state":"active"}"#),
        ],
        page: &[("", r#"[{"login":"8","credential_id":1}]"#)],
        ..PLAIN
    },
    Subject {
        kind: "github",
        toml: "org = 'corp-example'\nflavor = 'emu'\nenterprise = 'corp'\ntoken = 'SECRET'\nbase_url = 'BASE'",
        alive: &[
            ("/scim/", r#"{"id":"ID","userName":"alfa.doe","active":true}"#),
            ("/graphql", GITHUB_IDENTITY),
            ("", r#"{"login":"alfa_corp","role":"member","state":"active"}"#),
        ],
        // Nobody is deleted who is not suspended.
        idle: &["delete-user"],
        page: &[("", r#"[{"login":"8","credential_id":1}]"#)],
        ..PLAIN
    },
    Subject {
        kind: "http",
        toml: HTTP,
        alive: &[("page=2", r#"{"sessions":[]}"#), ("", r#"{"id":"7","active":true,"sessions":[{"id":"a/../b"}]}"#)],
        page: &[("", r#"{"sessions":[{"id":"1"}]}"#)],
        ..PLAIN
    },
    Subject {
        kind: "entra",
        toml: GRAPH,
        alive: &[
            ("roleTemplateId", r#"{"value":[]}"#),
            (
                "/authentication/methods",
                r##"{"value":[{"id":"m","@odata.type":"#microsoft.graph.fido2AuthenticationMethod"}]}"##,
            ),
            ("/oauth2PermissionGrants", r#"{"value":[{"id":"a/../b","consentType":"Principal","principalId":"ID"}]}"#),
            ("/appRoleAssignments", r#"{"value":[{"id":"a","principalId":"ID","resourceId":"r","appRoleId":"o"}]}"#),
            ("/joinedTeams", r#"{"value":[{"id":"t"}]}"#),
            ("/members", r#"{"value":[{"id":"m","userId":"ID"}]}"#),
            ("/memberOf", r##"{"value":[{"id":"g","@odata.type":"#microsoft.graph.group"}]}"##),
            (
                "",
                r#"{"id":"ID","userPrincipalName":"alfa.doe@corp.example","accountEnabled":true,"value":[],"licenseAssignmentStates":[{"skuId":"s"}]}"#,
            ),
        ],
        page: GRAPH_PAGE,
        ..PLAIN
    },
    Subject {
        kind: "intune",
        toml: GRAPH,
        alive: &[
            ("/managedDevices?", r#"{"value":[{"id":"mac"},{"id":"phone"}]}"#),
            ("/managedDevices/mac", r#"{"id":"mac","operatingSystem":"macOS","managedDeviceOwnerType":"company"}"#),
            ("/managedDevices/phone", r#"{"id":"phone","operatingSystem":"iOS","managedDeviceOwnerType":"personal"}"#),
            ("", r#"{"id":"ID","userPrincipalName":"alfa.doe@corp.example"}"#),
        ],
        page: GRAPH_PAGE,
        ..PLAIN
    },
    Subject {
        kind: "gitlab",
        toml: "flavor = 'self-managed'\nbase_url = 'BASE'\ntoken = 'SECRET'",
        own: r#"{"id":1,"username":"nightlatch","is_admin":true}"#,
        alive: &[
            ("/personal_access_tokens", r#"[{"id":5,"user_id":7}]"#),
            ("/impersonation_tokens", r#"[{"id":5}]"#),
            ("keys", r#"[{"id":5}]"#),
            ("/users/", r#"{"id":7,"username":"alfa.doe","state":"active"}"#),
            ("", "[]"),
        ],
        page: &[("", r#"[{"id":5,"user_id":7}]"#)],
        ..PLAIN
    },
    Subject {
        kind: "gitlab",
        toml: "flavor = 'saas'\ngroup = 'corp-example'\nbase_url = 'BASE'\ntoken = 'SECRET'",
        own: r#"{"id":1,"username":"nightlatch"}"#,
        alive: &[
            ("/memberships", "[]"),
            ("/members/", r#"{"id":7,"username":"alfa.doe","access_level":30}"#),
            ("/billable_members", r#"[{"id":7,"username":"alfa.doe"}]"#),
            ("", "[]"),
        ],
        page: &[("/members/7", r#"{"id":7,"username":"alfa.doe","access_level":50}"#), ("", r#"[{"id":5}]"#)],
        ..PLAIN
    },
    Subject {
        kind: "salesforce",
        toml: "base_url = 'BASE'\nlogin_url = 'BASE'\nclient_id = 'nightlatch'\nclient_secret = 'SECRET'",
        alive: &[
            ("/services/data HTTP", SALESFORCE_VERSIONS),
            ("/describe", r#"{"fields":[]}"#),
            ("COUNT", r#"{"totalSize":0,"done":true}"#),
            ("+UserLogin+", r#"{"totalSize":1,"done":true,"records":[{"Id":"a/../b","IsFrozen":false}]}"#),
            ("+AuthSession+", r#"{"totalSize":1,"done":true,"records":[{"Id":"s"}]}"#),
            (
                "+OauthToken+",
                r#"{"totalSize":1,"done":true,"records":[{"Id":"t","DeleteToken":"canary-kept-0123456789"}]}"#,
            ),
            (
                "+PermissionSetAssignment+",
                r#"{"totalSize":1,"done":true,"records":[{"Id":"a","PermissionSetId":"p"}]}"#,
            ),
            ("+PermissionSetLicenseAssign+", r#"{"totalSize":0,"done":true}"#),
            (
                "+User+WHERE+Id+",
                r#"{"totalSize":1,"done":true,"records":[{"Id":"ID","Username":"alfa.doe@corp.example","IsActive":true}]}"#,
            ),
            ("", r#"{"totalSize":0,"done":true}"#),
        ],
        page: &[
            ("/services/data HTTP", SALESFORCE_VERSIONS),
            ("", r#"{"totalSize":1,"done":false,"records":[],"nextRecordsUrl":"/services/data/v62.0/query/more"}"#),
        ],
        ..PLAIN
    },
    Subject {
        kind: "hubspot",
        toml: "base_url = 'BASE'\ntoken = 'SECRET'",
        alive: &[
            ("/crm/v3/owners", r#"{"results":[{"id":"o","userId":"ID"}]}"#),
            ("/search", r#"{"total":1}"#),
            ("", r#"{"id":"ID","email":"alfa.doe@corp.example"}"#),
        ],
        page: &[
            ("/users/7", r#"{"id":"7","email":"alfa.doe@corp.example","superAdmin":true}"#),
            ("", r#"{"results":[],"paging":{"next":{"after":"more"}}}"#),
        ],
        ..PLAIN
    },
    Subject {
        kind: "zoom",
        toml: ZOOM,
        alive: &[
            ("/users/zulu", r#"{"id":"8","email":"zulu.doe@corp.example","status":"active","type":2}"#),
            ("", r#"{"id":"ID","email":"alfa.doe@corp.example","status":"active","type":2}"#),
        ],
        page: &[("", r#"{"users":[],"next_page_token":"more"}"#)],
        ..PLAIN
    },
    Subject {
        kind: "atlassian",
        toml: "base_url = 'BASE'\norg_id = 'o'\napi_key = 'SECRET'",
        alive: &[
            ("/users/search", ATLASSIAN_USER),
            ("/api-tokens", r#"[{"id":"a/../b"}]"#),
            ("/directories?", r#"{"data":[{"directoryId":"d"}]}"#),
            ("/directories/d/", r#"{"data":{"membershipStatus":"active"}}"#),
            ("/manage/profile", r#"{"account":{"account_status":"active"}}"#),
            ("", "{}"),
        ],
        page: &[("/users/search", ATLASSIAN_USER), ("", r#"{"data":[{"directoryId":"d"}],"links":{"next":"more"}}"#)],
        ..PLAIN
    },
    Subject {
        kind: "adobe",
        toml: ADOBE,
        alive: &[("", r#"{"user":{"email":"ID","type":"federatedID","groups":["Profile"]}}"#)],
        page: &[("", r#"{"lastPage":false,"users":[]}"#)],
        ..PLAIN
    },
    Subject {
        kind: "jamf",
        toml: JAMF,
        alive: &[
            (
                "/computers-inventory",
                r#"{"totalCount":1,"results":[{"id":"1","general":{"managementId":"m1","remoteManagement":{"managed":true},"enrolledViaAutomatedDeviceEnrollment":true}}]}"#,
            ),
            (
                "/mobile-devices/detail",
                r#"{"totalCount":2,"results":[{"mobileDeviceId":"2","general":{"managementId":"m2","managed":true,"supervised":true,"deviceOwnershipType":"Institutional"}},{"mobileDeviceId":"a/../b","general":{"managementId":"m3","managed":true,"deviceOwnershipType":"PersonalDeviceProfile"}}]}"#,
            ),
            ("", r#"{"totalCount":0,"results":[]}"#),
        ],
        page: &[("", r#"{"totalCount":100000,"results":[]}"#)],
        ..PLAIN
    },
    Subject {
        kind: "scim",
        toml: "base_url = 'BASE/scim'\ntoken = 'SECRET'",
        alive: &[("", r#"{"id":"ID","userName":"alfa.doe@corp.example","active":true}"#)],
        page: &[("", r#"{"id":"8","totalResults":100000,"itemsPerPage":1,"startIndex":1,"Resources":[{"id":"8"}]}"#)],
        ..PLAIN
    },
    Subject {
        kind: "aws",
        toml: AWS,
        alive: &[("", AWS_USER)],
        // The password and an active key are there, which the factors still protect.
        idle: &["remove-mfa-devices"],
        page: &[("", "<ACTIONResponse><IsTruncated>true</IsTruncated><Marker>more</Marker></ACTIONResponse>")],
        any_id: false,
        ..PLAIN
    },
    Subject {
        kind: "aws",
        toml: IDENTITY_CENTER,
        alive: &[(
            "",
            r#"{"Instances":[{"InstanceArn":"i","IdentityStoreId":"d"}],"UserId":"ID","GroupMemberships":[{"MembershipId":"m","GroupId":"g"}],"AccountAssignments":[{"AccountId":"1","PermissionSetArn":"p","PrincipalType":"USER","PrincipalId":"ID"}]}"#,
        )],
        page: &[(
            "",
            r#"{"Instances":[{"InstanceArn":"i","IdentityStoreId":"d"}],"UserId":"ID","GroupMemberships":[],"AccountAssignments":[],"NextToken":"more"}"#,
        )],
        ..PLAIN
    },
];

const GOOGLE: &str = "service_account = 'KEYFILE'\nadmin = 'nightlatch@corp.example'\nbase_url = 'BASE'\ntoken_url = 'BASE/token'\nlicences = ['Google-Apps/1010020028']";
const GOOGLE_USER: &str = r#"{"id":"ID","primaryEmail":"alfa.doe@corp.example","recoveryPhone":"+4900000000","items":[{"clientId":"a/../b","codeId":1,"verificationCode":"1"}]}"#;
const OKTA_USER: &str = r#"{"id":"ID","status":"ACTIVE","profile":{"login":"alfa.doe@corp.example"}}"#;
const SLACK: &str = "token = 'SECRET'
enterprise = true
archive_private = 'last-member'
web_url = 'BASE'
scim_url = 'BASE/scim'";
const SLACK_USER: &str = r#"{"ok":true,"id":"ID","active":true,"userName":"alfa.doe","team_id":"T","user_id":"U1","channels":[{"id":"a/../b"}],"members":["ID"],"usergroups":[{"id":"G","users":["ID"]}],"users":["ID"]}"#;
const GITHUB_TEAMS: &str = r#"{"data":{"organization":{"teams":{"nodes":[{"slug":"a/../b","members":{"edges":[{"role":"MEMBER","node":{"login":"ID"}}]}}],"pageInfo":{"hasNextPage":false}}}}}"#;
const GITHUB_IDENTITY: &str = r#"{"data":{"enterprise":{"ownerInfo":{"samlIdentityProvider":{"externalIdentities":{"edges":[{"node":{"guid":"ID","user":{"login":"alfa_corp"}}}]}}}}}}"#;
const GITHUB: &str = "org = 'corp-example'\nsaml = true\ntoken = 'SECRET'\nbase_url = 'BASE'";
const GRAPH: &str =
    "tenant = 't'\nclient_id = 'nightlatch'\nclient_secret = 'SECRET'\nbase_url = 'BASE'\nlogin_url = 'BASE'";
const GRAPH_PAGE: Answers = &[(
    "",
    r#"{"id":"ID","userPrincipalName":"alfa.doe@corp.example","value":[{"id":"1"}],"@odata.nextLink":"BASE/v1.0/next?$skiptoken=more"}"#,
)];
const SALESFORCE_VERSIONS: &str = r#"[{"version":"62.0"}]"#;
const ZOOM: &str = "account_id = 'a'\nclient_id = 'nightlatch'\nclient_secret = 'SECRET'\nbase_url = 'BASE'\n\
     token_url = 'BASE/token'\ntransfer = { to = 'zulu.doe@corp.example', meetings = true, webinars = true, \
     recordings = true, whiteboards = true }";
const ATLASSIAN_USER: &str =
    r#"{"data":[{"accountId":"ID","email":"alfa.doe@corp.example","accountStatus":"active","claimStatus":"managed"}]}"#;
const ADOBE: &str = "org_id = '0@AdobeOrg'\nclient_id = 'nightlatch'\nclient_secret = 'SECRET'\nbase_url = 'BASE'\n\
     token_url = 'BASE/token'";
const JAMF: &str = "base_url = 'BASE'\nclient_id = 'nightlatch'\nclient_secret = 'SECRET'\n\
     wipe = { preserve_data_plan = true, clear_activation_lock = true, disallow_proximity_setup = false }";
const AWS: &str = "access_key_id = 'SECRET'\nsecret_access_key = 'SECRET'\nsession_roles = ['Admin']\n\
     iam_url = 'BASE/iam'\nsts_url = 'BASE/sts'";
const IDENTITY_CENTER: &str = "access_key_id = 'SECRET'\nsecret_access_key = 'SECRET'\ndirectory = 'identity-center'\n\
     sts_url = 'BASE/sts'\nsso_url = 'BASE/sso'\nidentity_store_url = 'BASE/store'";
const AWS_USER: &str = "<ACTIONResponse>\
     <User><UserName>ID</UserName><UserId>u</UserId><Arn>arn:aws:iam::123456789012:user/ID</Arn></User>\
     <AccessKeyMetadata><member><AccessKeyId>k</AccessKeyId><Status>Active</Status></member></AccessKeyMetadata>\
     <SSHPublicKeys><member><SSHPublicKeyId>s</SSHPublicKeyId><Status>Active</Status></member></SSHPublicKeys>\
     <Certificates><member><CertificateId>c</CertificateId><Status>Active</Status></member></Certificates>\
     <ServiceSpecificCredentials><member><ServiceSpecificCredentialId>g</ServiceSpecificCredentialId>\
     <Status>Active</Status></member></ServiceSpecificCredentials>\
     <MFADevices><member><SerialNumber>m</SerialNumber></member></MFADevices>\
     <Groups><member><GroupName>g</GroupName></member></Groups>\
     <AttachedPolicies><member><PolicyArn>p</PolicyArn></member></AttachedPolicies>\
     <PolicyNames><member>own</member></PolicyNames><PolicyDocument>%7B%7D</PolicyDocument>\
     <Role><Path>/</Path></Role></ACTIONResponse>";
const HTTP: &str = r#"
base_url = "BASE"
probe = { url = "/me" }
auth = { oauth = { token_url = "BASE/token", client_id = "nightlatch", client_secret = "SECRET" } }

[locate]
request = { url = "/users?email={{ leaver.email }}" }
id = "/id"
match = "/email"

[[actions]]
name = "disable"
title = "Disables the account"
danger = "reversible"
class = "idempotent"
before = { request = { url = "/users/{{ account.id }}" }, keep = { active = "/active" } }
request = { method = "POST", url = "/users/{{ account.id }}/disable" }
done = [{ status = 200, pointer = "/result", equals = "disabled" }]
verify = { request = { url = "/users/{{ account.id }}" }, dead = [{ pointer = "/active", equals = false }] }

[[actions]]
name = "end-sessions"
title = "Ends every session"
danger = "hard-to-undo"
class = "idempotent"
for_each = { request = { url = "/users/{{ account.id }}/sessions" }, items = "/sessions", paging = { by = "page", parameter = "page" } }
request = { method = "DELETE", url = "/sessions/{{ item.id }}" }
done = [{ status = 204 }]

[[actions]]
name = "list-sessions"
title = "Lists the sessions"
list = { request = { url = "/users/{{ account.id }}/sessions" }, items = "/sessions", paging = { by = "header" }, what = "session", id = "/id" }
"#;

/// What is kept, what is minted, and what a key file holds: none of it may come out.
const CANARIES: [&str; 2] = ["canary-kept-0123456789", "canary-minted-0123456789"];

/// The requests of one job at most, whatever the vendor answers.
const BOUND: usize = 150;

fn private_key() -> &'static str {
    static KEY: OnceLock<String> = OnceLock::new();
    KEY.get_or_init(|| rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap().serialize_pem())
}

impl Subject {
    fn rig(&self, base: &str) -> Rig {
        let folder = folder();
        let keyfile =
            json!({ "client_email": "nightlatch@x.example", "private_key": private_key(), "private_key_id": "1" });
        let kept = |name: &str, value: &str| secret(folder.path(), name, value);
        let toml = self
            .toml
            .replace("BASE", base)
            .replace("SECRET", &kept("secret", CANARIES[0]))
            .replace("PEM", &kept("pem", private_key()))
            .replace("KEYFILE", &kept("keyfile", &keyfile.to_string()));
        let rig = Rig::new(self.kind, &format!("type = '{}'\n{toml}", self.kind));
        Rig { folder: Some(folder), ..rig }
    }
}

/// A vendor that gives tokens as it should, says who asks, and answers the rest so.
async fn vendor(subject: &Subject, rest: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Stub {
    let own = subject.own;
    Stub::new(move |request| match request {
        token if asks_for_token(token) => granted(),
        // The account that is answered everywhere else is not the connector's own.
        who if asks_who_it_is(who) && own.is_empty() => answer("404 Not Found", "", "{}"),
        who if asks_who_it_is(who) => answer("200 OK", "", own),
        other => rest(other),
    })
    .await
}

/// The body for this request, about the account `id`; `number` tells pages apart.
fn body(answers: Answers, request: &str, id: &str, number: usize) -> String {
    let (_, body) = answers.iter().find(|(part, _)| request.contains(part)).expect("an answer to every request");
    let host = request.lines().find_map(|line| line.strip_prefix("host: ")).unwrap_or_default();
    let action = request.split_once("Action=").map(|(_, rest)| rest.split('&').next().unwrap_or_default());
    let quoted = json!(id).to_string();
    body.replace("BASE", &format!("http://{host}"))
        .replace("ID", quoted.trim_matches('"'))
        .replace("ACTION", action.unwrap_or_default())
        .replace("more", &format!("more{number}"))
}

fn asks_who_it_is(request: &str) -> bool {
    let path = request.split_whitespace().nth(1).unwrap_or_default();
    path.ends_with("/users/me") || path == "/user" || request.contains("Action=GetCallerIdentity&")
}

fn asks_for_token(request: &str) -> bool {
    let line = request.lines().next().unwrap_or_default();
    let path = line.split_whitespace().nth(1).unwrap_or_default().split('?').next().unwrap_or_default();
    line.starts_with("POST") && ["/token", "/access-token-info"].iter().any(|end| path.ends_with(end))
}

/// Reads that are no GET: searches with a body, Adobe's rehearsal, and all that AWS is asked.
const READS: [&str; 9] = [
    "/search HTTP",
    "/graphql HTTP",
    "testOnly=true",
    "Action=Get",
    "Action=List",
    "AWSIdentityStore.Describe",
    "AWSIdentityStore.List",
    "AWSIdentityStore.Get",
    "SWBExternalService.List",
];

fn is_act(request: &str) -> bool {
    !request.starts_with("GET") && !asks_for_token(request) && !READS.iter().any(|read| request.contains(read))
}

fn granted() -> Vec<u8> {
    let token = CANARIES[1];
    answer("200 OK", "", &json!({ "access_token": token, "token_type": "Bearer", "expires_in": 3600 }).to_string())
}

fn account(id: &str) -> Account {
    Account { id: id.to_owned(), label: "alfa.doe@corp.example".to_owned(), matched_on: "id map".to_owned() }
}

/// Everything that a connector does about one account.
struct Talk {
    acted: Vec<(String, Outcome)>,
    read: Vec<(String, Verdict)>,
    located: Result<Located, Outcome>,
    probe: Probe,
}

async fn talk(rig: &Rig, id: &str) -> Talk {
    let account = account(id);
    let names: Vec<String> = rig.connector.actions().iter().map(|action| action.spec().id.name.to_string()).collect();
    let (mut acted, mut read) = (Vec::new(), Vec::new());
    for name in names {
        acted.push((name.clone(), rig.execute(&name, &account).await));
        read.push((name.clone(), rig.verify(&name, &account).await));
        rig.undo(&name, &account, &json!({ "revoked": [], "role": "member" })).await;
    }
    let located = rig.locate(&Leaver::from_email("alfa.doe@corp.example")).await;
    let call = Rig::call();
    let probe = rig.connector.probe(&call).await;
    rig.said.lock().unwrap().push(format!("{probe:?} {:?}", call.into_record()));
    Talk { acted, read, located, probe }
}

impl Talk {
    /// Nothing that was said has been taken for a success, and no secret has come out.
    fn took_nothing_for_done(&self, kind: &str, rig: &Rig) {
        for (name, outcome) in &self.acted {
            assert!(!is_success(outcome), "{kind}.{name}: {outcome:?}");
        }
        for (name, verdict) in &self.read {
            let told = matches!(verdict, Verdict::CannotTell { .. } | Verdict::Locked { .. });
            assert!(told, "{kind}.{name}: {verdict:?}");
        }
        match &self.located {
            Ok(Located::Unsure { .. }) => {}
            Err(outcome) if !is_success(outcome) => {}
            other => panic!("{kind}: {other:?}"),
        }
        let usable = matches!(self.probe.health, Health::Up | Health::Unknown);
        assert!(!usable && !self.probe.message.is_empty(), "{kind}: {:?}", self.probe);
        rig.kept_quiet(&CANARIES);
    }

    /// Every act ended with these words and a cure.
    fn refused(&self, kind: &str, words: &str) {
        for (name, outcome) in &self.acted {
            let (Outcome::Refused { reason, cure } | Outcome::Locked { reason, cure }) = outcome else {
                panic!("{kind}.{name}: {outcome:?}");
            };
            assert!(reason.contains(words) && cure.len() > 10, "{kind}.{name}: {outcome:?}");
        }
    }

    /// Every act may be tried again, or nobody knows; these words say why.
    fn open(&self, kind: &str, words: &[&str]) {
        for (name, outcome) in &self.acted {
            let (Outcome::Retry { reason, .. } | Outcome::Ambiguous { reason }) = outcome else {
                panic!("{kind}.{name}: {outcome:?}");
            };
            assert!(words.iter().all(|word| reason.contains(word)), "{kind}.{name}: {outcome:?}");
        }
    }
}

fn is_success(outcome: &Outcome) -> bool {
    matches!(
        outcome,
        Outcome::Acknowledged | Outcome::AlreadySo { .. } | Outcome::NoAccount { .. } | Outcome::Listed { .. }
    )
}

#[test]
fn every_kind_of_connector_is_in_the_table() {
    let table: Vec<&str> = SUBJECTS.iter().map(|subject| subject.kind).collect();
    // LDAP is no HTTP: its own tests meet servers with other names and unknown authorities, and answers that are none.
    for kind in registry::KINDS.iter().filter(|kind| **kind != "active-directory") {
        assert!(table.contains(kind), "add a line for `{kind}` to SUBJECTS in tests/connectors/bad_input.rs");
    }
}

#[tokio::test]
async fn wrong_credentials_are_said_with_their_cure() {
    let words = r#"{"ok":false,"error":"invalid_client","error_description":"Client authentication failed"}"#;
    for subject in SUBJECTS {
        let stub = Stub::new(|_| answer("401 Unauthorized", "", words)).await;
        let rig = subject.rig(&stub.base);
        let talk = talk(&rig, "7").await;
        talk.took_nothing_for_done(subject.kind, &rig);
        talk.refused(subject.kind, "invalid_client");
        assert_eq!(talk.probe.health, Health::Locked, "{}", subject.kind);
    }
}

#[tokio::test]
async fn an_expired_token_is_said_with_its_cure() {
    for subject in SUBJECTS {
        let stub = vendor(subject, |_| {
            answer("401 Unauthorized", "", r#"{"ok":false,"error":"token_expired","message":"token_expired: it has"}"#)
        })
        .await;
        let rig = subject.rig(&stub.base);
        let talk = talk(&rig, "7").await;
        talk.took_nothing_for_done(subject.kind, &rig);
        talk.refused(subject.kind, "token_expired");
        assert!(talk.acted.iter().all(|(_, outcome)| matches!(outcome, Outcome::Locked { .. })), "{}", subject.kind);
    }
}

#[tokio::test]
async fn a_missing_scope_is_said_with_its_cure() {
    for subject in SUBJECTS {
        let words = r#"{"ok":false,"error":"missing_scope","needed":"admin","message":"missing_scope: not granted"}"#;
        let stub = vendor(subject, |_| answer("403 Forbidden", "", words)).await;
        let rig = subject.rig(&stub.base);
        let talk = talk(&rig, "7").await;
        talk.took_nothing_for_done(subject.kind, &rig);
        talk.refused(subject.kind, "missing_scope");
    }
}

#[tokio::test]
async fn a_redirect_to_another_host_is_not_followed() {
    for subject in SUBJECTS {
        let elsewhere = Stub::new(|_| answer("200 OK", "", "{}")).await;
        let to = format!("location: {}/elsewhere\r\n", elsewhere.base);
        let stub = vendor(subject, move |_| answer("307 Temporary Redirect", &to, "")).await;
        let rig = subject.rig(&stub.base);
        let talk = talk(&rig, "7").await;
        talk.took_nothing_for_done(subject.kind, &rig);
        talk.refused(subject.kind, "never followed");
        assert!(elsewhere.seen().is_empty(), "{}", subject.kind);
    }
}

#[tokio::test]
async fn a_page_for_a_browser_is_no_answer() {
    let page = "<!DOCTYPE html><html>Please sign in</html>";
    for subject in SUBJECTS {
        let stub = vendor(subject, move |_| answer("200 OK", "content-type: text/html\r\n", page)).await;
        let rig = subject.rig(&stub.base);
        let talk = talk(&rig, "7").await;
        talk.took_nothing_for_done(subject.kind, &rig);
        talk.open(subject.kind, &["status 200", "a sign-in page answers"]);
    }
}

/// Reads are answered as they should be, and acts badly.
#[tokio::test]
async fn an_act_that_is_answered_badly_is_not_done() {
    let bad: [(&str, &str, &str); 5] = [
        ("200 OK", "", "<!DOCTYPE html><html>Please sign in</html>"),
        ("302 Found", "location: https://elsewhere.example/\r\n", ""),
        ("401 Unauthorized", "", r#"{"ok":false,"error":"token_expired"}"#),
        ("403 Forbidden", "", r#"{"ok":false,"error":"missing_scope"}"#),
        ("500 Internal Server Error", "", ""),
    ];
    let mut wrong = Vec::new();
    for subject in SUBJECTS {
        for (status, headers, words) in bad {
            let alive = subject.alive;
            let stub = vendor(subject, move |request| match request {
                read if !is_act(read) => answer("200 OK", "", &body(alive, read, "7", 0)),
                _ => answer(status, headers, words),
            })
            .await;
            let rig = subject.rig(&stub.base);
            for action in rig.connector.actions().iter().filter(|action| action.spec().class != StepClass::Pure) {
                let name = action.spec().id.name.as_ref();
                let sent = stub.seen().len();
                let outcome = rig.execute(name, &account("7")).await;
                let acted = stub.seen()[sent..].iter().any(|request| is_act(request));
                let told = format!("{}.{name} on {status}: {outcome:?}", subject.kind);
                let right = if subject.idle.contains(&name) { !acted } else { acted && !is_success(&outcome) };
                if !right {
                    wrong.push(told);
                }
                rig.verify(name, &account("7")).await;
                rig.undo(name, &account("7"), &json!({ "revoked": [], "role": "member" })).await;
            }
            rig.kept_quiet(&CANARIES);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn paging_that_never_ends_is_ended() {
    for subject in SUBJECTS {
        let page = subject.page;
        let (number, asked) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
        let counted = Arc::clone(&asked);
        let stub = vendor(subject, move |request| {
            counted.fetch_add(1, Ordering::Relaxed);
            let path = request.split_whitespace().nth(1).unwrap_or_default().split('?').next().unwrap_or_default();
            let next = number.fetch_add(1, Ordering::Relaxed);
            let page = body(page, request, "7", next);
            answer("200 OK", &format!("link: <{path}?page={next}>; rel=\"next\"\r\n"), &page)
        })
        .await;
        let rig = subject.rig(&stub.base);
        for action in rig.connector.actions() {
            let name = action.spec().id.name.to_string();
            let before = asked.load(Ordering::Relaxed);
            let outcome = rig.execute(&name, &account("7")).await;
            let requests = asked.load(Ordering::Relaxed) - before;
            assert!(requests < BOUND, "{}.{name}: {requests} requests", subject.kind);
            assert!(!matches!(outcome, Outcome::Listed { .. }), "{}.{name}: {outcome:?}", subject.kind);
            rig.verify(&name, &account("7")).await;
            let requests = asked.load(Ordering::Relaxed) - before;
            assert!(requests < 2 * BOUND, "{}.{name}: {requests} requests", subject.kind);
        }
        rig.kept_quiet(&CANARIES);
    }
}

#[tokio::test]
async fn a_declared_list_that_never_ends_is_refused_with_its_cure() {
    let subject = SUBJECTS.iter().find(|subject| subject.kind == "http").unwrap();
    let page = subject.page;
    let number = AtomicUsize::new(0);
    let stub = vendor(subject, move |request| {
        let next = number.fetch_add(1, Ordering::Relaxed);
        let path = request.split_whitespace().nth(1).unwrap().split('?').next().unwrap();
        let page = body(page, request, "7", next);
        answer("200 OK", &format!("link: <{path}?page={next}>; rel=\"next\"\r\n"), &page)
    })
    .await;
    let rig = subject.rig(&stub.base);
    for name in ["end-sessions", "list-sessions"] {
        match rig.execute(name, &account("7")).await {
            Outcome::Refused { reason, cure } => {
                assert!(reason.contains("does not end: 50 pages") && cure.contains("narrow"), "{reason} / {cure}");
            }
            other => panic!("{name}: {other:?}"),
        }
    }
    assert!(stub.seen().iter().all(|request| !request.starts_with("DELETE")), "nothing is done by half");
}

#[tokio::test]
async fn an_answer_of_a_gigabyte_is_cut_off() {
    for subject in SUBJECTS {
        let flood = Flood::new().await;
        let rig = subject.rig(&flood.base);
        let talk = talk(&rig, "7").await;
        talk.took_nothing_for_done(subject.kind, &rig);
        talk.open(subject.kind, &["more than 8 MiB", "not that system's API"]);
        let most = flood.most.load(Ordering::Relaxed);
        assert!(most < 64 << 20, "{}: {most} bytes of one answer were taken", subject.kind);
    }
}

/// A server each of whose answers has a gigabyte.
struct Flood {
    base: String,
    /// Bytes that the client took of one answer, at most.
    most: Arc<AtomicUsize>,
    server: tokio::task::JoinHandle<()>,
}

impl Flood {
    async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let most = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&most);
        let server = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let counted = Arc::clone(&counted);
                tokio::spawn(async move {
                    let mut head = vec![0_u8; 16 << 10];
                    while let Ok(length @ 1..) = stream.read(&mut head).await {
                        let request = String::from_utf8_lossy(&head[..length]).into_owned();
                        if asks_for_token(&request) {
                            let _ = stream.write_all(&granted()).await;
                            continue;
                        }
                        let start = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n\"", 1 << 30);
                        let _ = stream.write_all(start.as_bytes()).await;
                        let (chunk, mut sent) = (vec![b'x'; 64 << 10], 0);
                        while sent < 1 << 30 && stream.write_all(&chunk).await.is_ok() {
                            sent += chunk.len();
                        }
                        counted.fetch_max(sent, Ordering::Relaxed);
                        return;
                    }
                });
            }
        });
        Self { base, most, server }
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        self.server.abort();
    }
}

#[tokio::test]
async fn an_id_is_one_segment_in_every_address() {
    for subject in SUBJECTS {
        let alive = subject.alive;
        let asked = Arc::new(Mutex::new(""));
        let about = Arc::clone(&asked);
        let answers = move |request: &str| answer("200 OK", "", &body(alive, request, *about.lock().unwrap(), 0));
        let stub = vendor(subject, answers).await;
        let rig = subject.rig(&stub.base);
        let ids = [
            "a/../b",
            "a\\..\\b",
            "a%2f..%2fb",
            "a?b=1#c",
            "dü/e",
            "../../admin",
            "%2e%2e",
            "a b\u{202e}",
            "",
            ".",
            "..",
        ];
        for id in ids {
            *asked.lock().unwrap() = id;
            let sent = stub.seen().len();
            talk(&rig, id).await;
            // These name no account: where the id is a segment, nothing is sent; and without any, nowhere.
            let nobody = matches!(id, "" | "." | "..");
            let acts = stub.seen()[sent..].iter().filter(|request| is_act(request)).count();
            let right = if id.is_empty() || !nobody && !subject.any_id { acts == 0 } else { nobody || acts > 0 };
            assert!(right, "{} with {id:?}: {acts} acts were sent", subject.kind);
            for request in &stub.seen()[sent..] {
                let path = request.split_whitespace().nth(1).unwrap().split('?').next().unwrap();
                let odd = |segment: &str| matches!(segment.to_lowercase().as_str(), "" | "." | ".." | "%2e%2e" | "%2e");
                assert!(!path.split('/').skip(1).any(odd), "{} with {id:?}: {path}", subject.kind);
                assert!(nobody || !path.contains(id) && !path.contains('#'), "{} with {id:?}: {path}", subject.kind);
                // An id that is encoded already is another id: it is encoded once more, not decoded.
                let twice = !id.starts_with("a%2f") || !path.contains("a%2f..%2fb");
                assert!(twice, "{} with {id:?}: {path}", subject.kind);
            }
        }
        rig.kept_quiet(&CANARIES);
    }
}

/// Where a test finds itself in a process that trusts an authority: its certificate goes into this file.
const TRUSTED: &str = "NIGHTLATCH_TEST_TRUSTED";

/// What is trusted is chosen when a process starts, so the test starts itself once more.
#[tokio::test]
async fn a_certificate_of_another_host_or_of_nobody_known_ends_the_talk_before_a_word() {
    let Some(trusted) = std::env::var_os(TRUSTED) else {
        let folder = folder();
        let file = folder.path().join("authority.pem");
        let name = "bad_input::a_certificate_of_another_host_or_of_nobody_known_ends_the_talk_before_a_word";
        let mut again = Command::new(std::env::current_exe().unwrap());
        let ran = again.args([name, "--exact", "--nocapture"]).env(TRUSTED, &file).env("SSL_CERT_FILE", &file).output();
        let ran = ran.unwrap();
        let said = String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success() && said.contains("1 passed"), "{said}");
        return;
    };
    let authority = Authority::named("Corp");
    std::fs::write(&trusted, authority.pem()).unwrap();
    for subject in SUBJECTS {
        let well = Server::of("localhost", &authority).await;
        talk(&subject.rig(&well.base), "7").await;
        assert!(well.seen().contains("HTTP/1.1"), "{}: a good certificate is believed", subject.kind);
        let foreign = Server::of("elsewhere.example", &authority).await;
        let unknown = Server::of("localhost", &Authority::named("Nobody")).await;
        for (server, word) in [(&foreign, "not valid for"), (&unknown, "UnknownIssuer")] {
            let rig = subject.rig(&server.base);
            let talk = talk(&rig, "7").await;
            talk.took_nothing_for_done(subject.kind, &rig);
            talk.open(subject.kind, &["certificate", "trusts"]);
            assert_eq!(talk.probe.health, Health::Down, "{}", subject.kind);
            assert!(talk.probe.message.contains(word), "{}: {}", subject.kind, talk.probe.message);
            assert_eq!(server.seen(), "", "{}: not one word, and so no token", subject.kind);
        }
    }
}
