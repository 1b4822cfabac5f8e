//! The sandbox over real sockets: each vendor's main act, its read-back and its "already", and what goes wrong on
//! purpose.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use nightlatch::sandbox::{Call, Fault, GithubTruth, Options, Person, Sandbox, SlackTruth, Truth};
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};

const SCOPES: [&str; 3] = ["admin.directory.user", "admin.directory.user.readonly", "admin.directory.user.security"];

/// A sandbox and a client that knows how to sign in to it.
struct Bench {
    sandbox: Sandbox,
    http: Client,
}

/// One call in the making.
struct Ask<'a> {
    bench: &'a Bench,
    method: Method,
    path: String,
    auth: Option<String>,
    form: Option<Vec<(&'static str, String)>>,
    json: Option<Value>,
}

/// What came back, read in full.
#[derive(Debug)]
struct Got {
    status: u16,
    headers: reqwest::header::HeaderMap,
    text: String,
}

impl Bench {
    async fn start() -> Bench {
        Bench::with(Options::default()).await
    }

    async fn with(options: Options) -> Bench {
        let http = Client::builder().no_proxy().user_agent("nightlatch-test").build().unwrap();
        Bench { sandbox: Sandbox::start(options).await.unwrap(), http }
    }

    /// The first person that `wanted` holds for.
    fn person(&self, wanted: impl Fn(&Person) -> bool) -> Person {
        self.sandbox.people().into_iter().find(wanted).unwrap()
    }

    /// An employee with an account everywhere.
    fn employee(&self) -> Person {
        self.person(|p| p.kind == "employee" && p.slack_id.is_some() && p.github_login.is_some() && !p.privileged)
    }

    fn truth(&self, person: &Person) -> Truth {
        self.sandbox.truth(&person.email).unwrap()
    }

    fn github(&self, person: &Person) -> GithubTruth {
        self.truth(person).github.unwrap()
    }

    fn slack(&self, person: &Person) -> SlackTruth {
        self.truth(person).slack.unwrap()
    }

    fn ask(&self, method: Method, path: impl Into<String>) -> Ask<'_> {
        Ask { bench: self, method, path: path.into(), auth: None, form: None, json: None }
    }

    fn google_assertion(&self, sub: &str, scopes: &[&str], change: impl FnOnce(&mut Value)) -> String {
        let file: Value = serde_json::from_str(&self.sandbox.credentials().google_service_account_json).unwrap();
        let scope: Vec<String> = scopes.iter().map(|s| format!("https://www.googleapis.com/auth/{s}")).collect();
        let mut claims = json!({
            "iss": file["client_email"], "aud": file["token_uri"], "scope": scope.join(" "), "sub": sub,
            "iat": now(), "exp": now() + 3600,
        });
        change(&mut claims);
        sign(file["private_key"].as_str().unwrap(), file["private_key_id"].as_str(), &claims)
    }

    async fn google_token(&self, assertion: String) -> Got {
        let grant = "urn:ietf:params:oauth:grant-type:jwt-bearer".to_owned();
        self.ask(Method::POST, "/google/token").form([("grant_type", grant), ("assertion", assertion)]).send().await
    }

    async fn google(&self) -> String {
        let admin = self.sandbox.credentials().google_admin.clone();
        let got = self.google_token(self.google_assertion(&admin, &SCOPES, |_| ())).await;
        format!("Bearer {}", got.json()["access_token"].as_str().unwrap())
    }

    fn okta_assertion(&self, change: impl FnOnce(&mut Value)) -> String {
        let credentials = self.sandbox.credentials();
        let mut claims = json!({
            "iss": credentials.okta_client_id, "sub": credentials.okta_client_id,
            "aud": format!("{}/okta/oauth2/v1/token", self.sandbox.base_url()), "exp": now() + 300, "jti": "one",
        });
        change(&mut claims);
        sign(&credentials.okta_private_key_pem, Some(&credentials.okta_key_id), &claims)
    }

    async fn okta_token(&self, assertion: String, scope: &str) -> Got {
        let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".to_owned();
        self.ask(Method::POST, "/okta/oauth2/v1/token")
            .form([
                ("grant_type", "client_credentials".to_owned()),
                ("scope", scope.to_owned()),
                ("client_assertion_type", kind),
                ("client_assertion", assertion),
            ])
            .send()
            .await
    }

    fn ssws(&self) -> String {
        format!("SSWS {}", self.sandbox.credentials().okta_api_token)
    }

    fn slack_bearer(&self) -> String {
        format!("Bearer {}", self.sandbox.credentials().slack_token)
    }

    fn github_bearer(&self) -> String {
        format!("Bearer {}", self.sandbox.credentials().github_token)
    }

    fn desk_bearer(&self) -> String {
        format!("Bearer {}", self.sandbox.credentials().desk_token)
    }

    fn last_call(&self, op: &str) -> Call {
        self.sandbox.calls().into_iter().rev().find(|call| call.op == op).unwrap()
    }
}

impl Ask<'_> {
    fn auth(mut self, value: &str) -> Self {
        self.auth = Some(value.to_owned());
        self
    }

    fn form(mut self, fields: impl Into<Vec<(&'static str, String)>>) -> Self {
        self.form = Some(fields.into());
        self
    }

    fn json(mut self, body: Value) -> Self {
        self.json = Some(body);
        self
    }

    async fn response(self) -> reqwest::Result<Response> {
        let url = format!("{}{}", self.bench.sandbox.base_url(), self.path);
        let mut call = self.bench.http.request(self.method, url).header("accept", "application/json");
        if let Some(auth) = self.auth {
            call = call.header("authorization", auth);
        }
        if let Some(form) = self.form {
            call = call.form(&form);
        }
        if let Some(json) = self.json {
            call = call.json(&json);
        }
        call.send().await
    }

    async fn send(self) -> Got {
        let response = self.response().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Got { status, headers, text: response.text().await.unwrap() }
    }
}

impl Got {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no header {name}")).to_str().unwrap()
    }

    fn number(&self, name: &str) -> u64 {
        self.header(name).parse().unwrap()
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn sign(pem: &str, kid: Option<&str>, claims: &Value) -> String {
    let header = Header { kid: kid.map(ToOwned::to_owned), ..Header::new(Algorithm::RS256) };
    jsonwebtoken::encode(&header, claims, &EncodingKey::from_rsa_pem(pem.as_bytes()).unwrap()).unwrap()
}

/// Waits for what a detached deed brings about.
async fn eventually(what: &str, holds: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !holds() {
        assert!(Instant::now() < deadline, "never happened: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

mod people {
    use super::*;

    #[tokio::test]
    async fn are_the_same_for_the_same_seed_and_differ_for_another() {
        let one = Bench::with(Options { people: 300, ..Options::default() }).await.sandbox.people();
        let same = Bench::with(Options { people: 300, ..Options::default() }).await.sandbox.people();
        let other = Bench::with(Options { seed: 2, people: 300, ..Options::default() }).await.sandbox.people();

        assert_eq!(one, same);
        assert_ne!(one, other);
        assert_eq!(one[0].email, "alfa.doe@corp.example");
    }

    #[tokio::test]
    async fn have_the_traits_that_make_offboarding_hard() {
        let people = Bench::with(Options { people: 2000, ..Options::default() }).await.sandbox.people();
        let count = |wanted: fn(&Person) -> bool| people.iter().filter(|p| wanted(p)).count();

        assert!((30..=80).contains(&count(|p| p.executive)), "executives");
        assert!((150..=250).contains(&count(|p| p.kind == "contractor")), "contractors");
        assert!((60..=140).contains(&count(|p| p.github_login.is_none())), "without GitHub");
        assert!((60..=140).contains(&count(|p| p.slack_id.is_none())), "without Slack");
        assert!(count(|p| !p.google_aliases.is_empty()) > 50, "with aliases");
        let mut emails: Vec<_> = people.iter().map(|p| &p.email).collect();
        emails.sort();
        emails.dedup();
        assert_eq!(emails.len(), people.len());
        let known = |p: &Person| p.manager_email.as_ref().is_none_or(|m| people.iter().any(|other| other.email == *m));
        assert!(people.iter().all(known), "every manager is somebody");
    }

    #[tokio::test]
    async fn credentials_are_never_printed() {
        let bench = Bench::start().await;

        assert_eq!(format!("{:?}", bench.sandbox.credentials()), "Credentials(***)");
    }
}

mod google {
    use super::*;

    #[tokio::test]
    async fn a_right_assertion_gets_a_token_and_wrong_ones_their_own_words() {
        let bench = Bench::start().await;
        let admin = bench.sandbox.credentials().google_admin.clone();
        let right = bench.google_assertion(&admin, &SCOPES, |_| ());
        assert_eq!(bench.google_token(right.clone()).await.status, 200);

        let public_audience =
            bench.google_assertion(&admin, &SCOPES, |c| c["aud"] = json!("https://oauth2.googleapis.com/token"));
        assert_eq!(bench.google_token(public_audience).await.status, 200);

        let foreign = &bench.sandbox.credentials().okta_private_key_pem;
        let (head, _) = right.rsplit_once('.').unwrap();
        let claims: Value = {
            use base64::Engine as _;
            let part = head.split_once('.').unwrap().1;
            serde_json::from_slice(&base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
        };
        let cases = [
            ("signature", sign(foreign, None, &claims), 400, "invalid_grant"),
            ("garbage", "not.a.jwt".to_owned(), 400, "invalid_grant"),
            (
                "audience",
                bench.google_assertion(&admin, &SCOPES, |c| c["aud"] = json!("https://x")),
                400,
                "invalid_grant",
            ),
            ("issuer", bench.google_assertion(&admin, &SCOPES, |c| c["iss"] = json!("x@y")), 400, "invalid_grant"),
            ("nobody", bench.google_assertion("nobody@corp.example", &SCOPES, |_| ()), 400, "invalid_grant"),
            (
                "too long",
                bench.google_assertion(&admin, &SCOPES, |c| c["exp"] = json!(now() + 7200)),
                400,
                "invalid_grant",
            ),
            ("expired", bench.google_assertion(&admin, &SCOPES, |c| c["exp"] = json!(now() - 1)), 400, "invalid_grant"),
            (
                "one scope too many",
                bench.google_assertion(&admin, &["admin.directory.user", "gmail.readonly"], |_| ()),
                401,
                "unauthorized_client",
            ),
        ];
        for (what, assertion, status, error) in cases {
            let got = bench.google_token(assertion).await;
            assert_eq!((got.status, got.json()["error"].as_str().unwrap()), (status, error), "{what}: {}", got.text);
        }
    }

    #[tokio::test]
    async fn suspending_is_read_back_and_repeats_alike() {
        let bench = Bench::start().await;
        let (token, person) = (bench.google().await, bench.employee());
        let path = format!("/google/admin/directory/v1/users/{}", person.email);
        let suspend = || bench.ask(Method::PUT, &path).auth(&token).json(json!({"suspended": true}));

        assert_eq!(bench.ask(Method::GET, &path).auth(&token).send().await.json()["suspended"], false);
        for _ in 0..2 {
            let got = suspend().send().await;
            assert_eq!((got.status, &got.json()["suspended"]), (200, &json!(true)));
        }
        let read = bench.ask(Method::GET, &path).auth(&token).send().await.json();
        assert_eq!((&read["suspended"], &read["suspensionReason"]), (&json!(true), &json!("ADMIN")));
        assert!(bench.truth(&person).google.suspended);
        let call = bench.last_call("google.users.suspend");
        assert_eq!((call.subject.as_deref(), call.executed, call.status), (Some(person.email.as_str()), true, 200));
        assert!(call.kind == "reversible" && call.answered && !call.repeated);
    }

    #[tokio::test]
    async fn an_alias_leads_to_its_owner() {
        let bench = Bench::start().await;
        let (token, person) = (bench.google().await, bench.person(|p| !p.google_aliases.is_empty()));
        let path = format!("/google/admin/directory/v1/users/{}?projection=full", person.google_aliases[0]);

        let user = bench.ask(Method::GET, path).auth(&token).send().await.json();

        assert_eq!(user["primaryEmail"], json!(person.email));
    }

    #[tokio::test]
    async fn grants_sessions_and_codes_can_be_taken_before_suspension_and_not_after() {
        let bench = Bench::start().await;
        let token = bench.google().await;
        let holds = |p: &Person| {
            let google = bench.truth(p).google;
            google.tokens > 0 && google.app_passwords > 0 && google.backup_codes > 0
        };
        let (person, late) = (bench.person(holds), bench.sandbox.people().into_iter().rev().find(holds).unwrap());
        let base = format!("/google/admin/directory/v1/users/{}", person.email);
        let ask = |method, rest: &str| bench.ask(method, format!("{base}{rest}")).auth(&token);

        for item in ask(Method::GET, "/tokens").send().await.json()["items"].as_array().unwrap() {
            let path = format!("/tokens/{}", item["clientId"].as_str().unwrap());
            assert_eq!(ask(Method::DELETE, &path).send().await.status, 204);
            assert_eq!(ask(Method::DELETE, &path).send().await.status, 404);
        }
        for item in ask(Method::GET, "/asps").send().await.json()["items"].as_array().unwrap() {
            let path = format!("/asps/{}", item["codeId"]);
            assert_eq!(ask(Method::DELETE, &path).send().await.status, 204);
            assert_eq!(ask(Method::DELETE, &path).send().await.status, 400, "an unknown app password is a 400");
        }
        assert_eq!(ask(Method::POST, "/verificationCodes/invalidate").send().await.status, 200);
        assert_eq!(ask(Method::POST, "/verificationCodes/invalidate").send().await.status, 400);
        assert_eq!(ask(Method::POST, "/signOut").send().await.status, 200);
        assert!(ask(Method::GET, "/tokens").send().await.json().get("items").is_none());
        let google = bench.truth(&person).google;
        assert_eq!((google.tokens, google.app_passwords, google.backup_codes, google.web_sessions), (0, 0, 0, 0));

        let base = format!("/google/admin/directory/v1/users/{}", late.email);
        let suspend = bench.ask(Method::PUT, &base).auth(&token).json(json!({"suspended": true}));
        assert_eq!(suspend.send().await.status, 200);
        for (method, rest) in
            [(Method::POST, "/verificationCodes/invalidate"), (Method::GET, "/tokens"), (Method::GET, "/asps")]
        {
            let got = bench.ask(method, format!("{base}{rest}")).auth(&token).send().await;
            assert_eq!((got.status, &got.json()["error"]["errors"][0]["reason"]), (400, &json!("invalid")), "{rest}");
        }
        assert!(bench.truth(&late).google.backup_codes > 0, "refused means nothing was done");
    }

    #[tokio::test]
    async fn a_token_without_the_scope_is_told_so() {
        let bench = Bench::start().await;
        let admin = bench.sandbox.credentials().google_admin.clone();
        let got = bench.google_token(bench.google_assertion(&admin, &["admin.directory.user.readonly"], |_| ())).await;
        let token = format!("Bearer {}", got.json()["access_token"].as_str().unwrap());
        let path = format!("/google/admin/directory/v1/users/{}", bench.employee().email);

        assert_eq!(bench.ask(Method::GET, &path).auth(&token).send().await.status, 200);
        let refused = bench.ask(Method::PUT, &path).auth(&token).json(json!({"suspended": true})).send().await;

        assert_eq!(refused.status, 403);
        assert_eq!(refused.json()["error"]["errors"][0]["reason"], "insufficientPermissions");
        assert!(!bench.truth(&bench.employee()).google.suspended);
    }

    #[tokio::test]
    async fn someone_who_is_no_admin_gets_a_token_that_opens_nothing() {
        let bench = Bench::start().await;
        let got = bench.google_token(bench.google_assertion(&bench.employee().email, &SCOPES, |_| ())).await;
        let token = format!("Bearer {}", got.json()["access_token"].as_str().unwrap());

        let path = format!("/google/admin/directory/v1/users/{}", bench.employee().email);
        assert_eq!(bench.ask(Method::GET, path).auth(&token).send().await.status, 403);
    }

    #[tokio::test]
    async fn a_deleted_user_is_not_found_and_a_second_delete_is_noticed() {
        let bench = Bench::start().await;
        let (token, person) = (bench.google().await, bench.employee());
        let path = format!("/google/admin/directory/v1/users/{}", person.email);
        let delete = || bench.ask(Method::DELETE, &path).auth(&token);

        assert_eq!(delete().send().await.status, 204);
        assert!(bench.truth(&person).google.deleted && !bench.truth(&person).google.exists);
        assert!(bench.sandbox.summary().executed_twice.is_empty(), "once is fine");
        let read = bench.ask(Method::GET, &path).auth(&token).send().await;
        assert_eq!(read.status, 404);
        assert_eq!(read.json()["error"]["message"], "Resource Not Found: userKey");

        assert_eq!(delete().send().await.status, 404);
        let summary = bench.sandbox.summary();
        assert_eq!(summary.executed_twice, [format!("google.users.delete {}", person.email)]);
        assert_eq!(summary.irreversible_executed, 1);
        let call = bench.last_call("google.users.delete");
        assert!(call.repeated && !call.executed && call.kind == "irreversible");
    }

    #[tokio::test]
    async fn undeleting_by_id_makes_a_new_delete_no_repeat() {
        let bench = Bench::start().await;
        let (token, person) = (bench.google().await, bench.employee());
        let users = "/google/admin/directory/v1/users";
        let delete = || bench.ask(Method::DELETE, format!("{users}/{}", person.email)).auth(&token);
        let undelete = |key: &str| {
            bench.ask(Method::POST, format!("{users}/{key}/undelete")).auth(&token).json(json!({"orgUnitPath": "/"}))
        };

        assert_eq!(delete().send().await.status, 204);
        assert_eq!(undelete(&person.email).send().await.status, 404, "only the id leads to a deleted user");
        assert_eq!(undelete(&person.google_id).send().await.status, 204);
        assert_eq!(delete().send().await.status, 204);

        assert!(bench.sandbox.summary().executed_twice.is_empty());
    }

    #[tokio::test]
    async fn a_hold_prevents_deletion() {
        let bench = Bench::start().await;
        let (token, person) = (bench.google().await, bench.employee());
        let set = format!("/_sandbox/people/{}/set", person.email);
        assert_eq!(bench.ask(Method::POST, set).json(json!({"google_hold": true})).send().await.status, 204);

        let path = format!("/google/admin/directory/v1/users/{}", person.email);
        let got = bench.ask(Method::DELETE, path).auth(&token).send().await;

        assert_eq!((got.status, &got.json()["error"]["errors"][0]["reason"]), (412, &json!("conditionNotMet")));
        assert!(bench.truth(&person).google.exists);
        assert_eq!(bench.sandbox.summary().irreversible_executed, 0);
    }
}

mod okta {
    use super::*;

    #[tokio::test]
    async fn a_right_assertion_gets_a_token_once() {
        let bench = Bench::start().await;
        let scope = "okta.users.manage okta.users.read";
        let right = bench.okta_assertion(|_| ());
        let got = bench.okta_token(right.clone(), scope).await;
        assert_eq!((got.status, &got.json()["token_type"]), (200, &json!("Bearer")), "{}", got.text);
        assert!(got.number("x-rate-limit-remaining") > 0);
        assert_eq!(bench.okta_token(right, scope).await.status, 401, "its jti was used before");

        let cases = [
            ("audience", bench.okta_assertion(|c| c["aud"] = json!("https://x/oauth2/v1/token"))),
            ("subject", bench.okta_assertion(|c| c["sub"] = json!("somebody"))),
            ("expired", bench.okta_assertion(|c| c["exp"] = json!(now() - 10))),
            ("too long", bench.okta_assertion(|c| c["exp"] = json!(now() + 4000))),
            ("signature", {
                let client = &bench.sandbox.credentials().okta_client_id;
                let audience = format!("{}/okta/oauth2/v1/token", bench.sandbox.base_url());
                let claims = json!({"iss": client, "sub": client, "aud": audience, "exp": now() + 300});
                sign(&bench.sandbox.credentials().github_private_key_pem, None, &claims)
            }),
        ];
        for (what, assertion) in cases {
            let got = bench.okta_token(assertion, scope).await;
            assert_eq!((got.status, &got.json()["error"]), (401, &json!("invalid_client")), "{what}");
        }
        let more = bench.okta_token(bench.okta_assertion(|c| c["jti"] = json!("two")), "okta.policies.manage").await;
        assert_eq!((more.status, &more.json()["error"]), (400, &json!("invalid_scope")));
    }

    #[tokio::test]
    async fn a_bearer_may_do_what_its_scope_says() {
        let bench = Bench::start().await;
        let person = bench.employee();
        let got = bench.okta_token(bench.okta_assertion(|_| ()), "okta.users.read").await;
        let bearer = format!("Bearer {}", got.json()["access_token"].as_str().unwrap());
        let user = format!("/okta/api/v1/users/{}", person.okta_id);

        assert_eq!(bench.ask(Method::GET, &user).auth(&bearer).send().await.json()["status"], "ACTIVE");
        let refused = bench.ask(Method::POST, format!("{user}/lifecycle/suspend")).auth(&bearer).send().await;

        assert_eq!((refused.status, &refused.json()["errorCode"]), (403, &json!("E0000006")));
        assert_eq!(bench.truth(&person).okta.status, "ACTIVE");
    }

    #[tokio::test]
    async fn suspends_only_the_active_and_sessions_are_cleared_with_tokens_on_request() {
        let bench = Bench::start().await;
        let ssws = bench.ssws();
        let person = bench.person(|p| bench.truth(p).okta.oauth_tokens > 0);
        let user = format!("/okta/api/v1/users/{}", person.email);
        let suspend = || bench.ask(Method::POST, format!("{user}/lifecycle/suspend")).auth(&ssws);

        let first = suspend().send().await;
        assert_eq!((first.status, first.text.as_str()), (200, ""));
        let again = suspend().send().await;
        assert_eq!((again.status, &again.json()["errorCode"]), (400, &json!("E0000001")));
        let read = bench.ask(Method::GET, &user).auth(&ssws).send().await;
        assert_eq!(read.json()["status"], "SUSPENDED");

        let clear = |query: &str| bench.ask(Method::DELETE, format!("{user}/sessions{query}")).auth(&ssws);
        assert_eq!(clear("").send().await.status, 204);
        assert!(bench.truth(&person).okta.oauth_tokens > 0, "tokens stay unless asked for");
        assert_eq!(clear("?oauthTokens=true&forgetDevices=true").send().await.status, 204);
        let okta = bench.truth(&person).okta;
        assert_eq!((okta.sessions, okta.oauth_tokens), (0, 0));

        let unsuspend = || bench.ask(Method::POST, format!("{user}/lifecycle/unsuspend")).auth(&ssws);
        assert_eq!(unsuspend().send().await.status, 200);
        assert_eq!(unsuspend().send().await.status, 400);
        assert_eq!(bench.truth(&person).okta.status, "ACTIVE");
    }

    #[tokio::test]
    async fn a_locked_out_user_cannot_be_suspended() {
        let bench = Bench::start().await;
        let person = bench.employee();
        let set = format!("/_sandbox/people/{}/set", person.email);
        bench.ask(Method::POST, set).json(json!({"okta_status": "LOCKED_OUT"})).send().await;

        let path = format!("/okta/api/v1/users/{}/lifecycle/suspend", person.okta_id);
        assert_eq!(bench.ask(Method::POST, path).auth(&bench.ssws()).send().await.status, 400);
        assert_eq!(bench.truth(&person).okta.status, "LOCKED_OUT");
    }

    #[tokio::test]
    async fn deactivating_twice_says_not_found_of_a_user_that_a_read_finds() {
        let bench = Bench::start().await;
        let (ssws, person) = (bench.ssws(), bench.employee());
        let user = format!("/okta/api/v1/users/{}", person.okta_id);
        let deactivate = || bench.ask(Method::POST, format!("{user}/lifecycle/deactivate?sendEmail=false")).auth(&ssws);

        assert_eq!(deactivate().send().await.status, 200);
        let again = deactivate().send().await;
        assert_eq!((again.status, &again.json()["errorCode"]), (404, &json!("E0000007")));
        assert!(again.json()["errorSummary"].as_str().unwrap().contains(&format!("{} (User)", person.okta_id)));
        assert_eq!(bench.ask(Method::GET, &user).auth(&ssws).send().await.json()["status"], "DEPROVISIONED");
        let repeated = [format!("okta.users.deactivate {}", person.email)];
        assert_eq!(bench.sandbox.summary().executed_twice, repeated);

        let reset = bench.ask(Method::POST, format!("{user}/lifecycle/reset_factors")).auth(&ssws).send().await;
        assert_eq!((reset.status, &reset.json()["errorCode"]), (403, &json!("E0000038")));
    }

    #[tokio::test]
    async fn deleting_takes_two_calls_and_the_second_is_noticed() {
        let bench = Bench::start().await;
        let (ssws, person) = (bench.ssws(), bench.employee());
        let user = format!("/okta/api/v1/users/{}", person.okta_id);
        let delete = || bench.ask(Method::DELETE, &user).auth(&ssws);

        assert_eq!(delete().send().await.status, 204);
        assert_eq!(bench.truth(&person).okta.status, "DEPROVISIONED");
        assert_eq!(delete().send().await.status, 204);
        assert_eq!(bench.truth(&person).okta.status, "DELETED");
        assert_eq!(bench.ask(Method::GET, &user).auth(&ssws).send().await.status, 404);
        assert_eq!(bench.sandbox.summary().executed_twice, [format!("okta.users.delete {}", person.email)]);
    }

    #[tokio::test]
    async fn factors_go_one_by_one_or_at_once_and_okta_verify_goes_as_one() {
        let bench = Bench::start().await;
        let ssws = bench.ssws();
        let person = bench.person(|p| bench.truth(p).okta.factors == 4);
        let factors = format!("/okta/api/v1/users/{}/factors", person.okta_id);
        let listed = bench.ask(Method::GET, &factors).auth(&ssws).send().await.json();
        let push = listed.as_array().unwrap().iter().find(|f| f["factorType"] == "push").unwrap()["id"].clone();

        let path = format!("{factors}/{}", push.as_str().unwrap());
        assert_eq!(bench.ask(Method::DELETE, &path).auth(&ssws).send().await.status, 204);
        assert_eq!(bench.truth(&person).okta.factors, 2, "push takes signed_nonce with it");
        assert_eq!(bench.ask(Method::DELETE, &path).auth(&ssws).send().await.status, 404);

        let reset = format!("/okta/api/v1/users/{}/lifecycle/reset_factors", person.okta_id);
        assert_eq!(bench.ask(Method::POST, reset).auth(&ssws).send().await.status, 200);
        assert_eq!(bench.ask(Method::GET, &factors).auth(&ssws).send().await.json(), json!([]));
    }
}

mod slack {
    use super::*;

    fn patch(active: &Value) -> Value {
        json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "active", "value": active}],
        })
    }

    #[tokio::test]
    async fn the_web_api_finds_people_resets_sessions_and_fails_with_200() {
        let bench = Bench::start().await;
        let (bearer, person) = (bench.slack_bearer(), bench.employee());
        let id = person.slack_id.clone().unwrap();
        let find = format!("/slack/api/users.lookupByEmail?email={}", person.email);

        let found = bench.ask(Method::GET, &find).auth(&bearer).send().await.json();
        assert_eq!((&found["ok"], &found["user"]["id"]), (&json!(true), &json!(id)));
        let nobody =
            bench.ask(Method::GET, "/slack/api/users.lookupByEmail?email=x@y.example").auth(&bearer).send().await;
        assert_eq!((nobody.status, &nobody.json()["error"]), (200, &json!("users_not_found")));
        let stranger = bench.ask(Method::POST, "/slack/api/auth.test").auth("Bearer xoxp-wrong").send().await;
        assert_eq!((stranger.status, &stranger.json()["error"]), (200, &json!("invalid_auth")));

        let team = bench.ask(Method::POST, "/slack/api/auth.test").auth(&bearer).send().await.json()["team_id"].clone();
        let list = format!("/slack/api/admin.users.session.list?user_id={id}&team_id={}", team.as_str().unwrap());
        let sessions = bench.ask(Method::GET, &list).auth(&bearer).send().await.json();
        assert_eq!(sessions["active_sessions"].as_array().unwrap().len(), bench.slack(&person).sessions);
        for _ in 0..2 {
            let reset = bench
                .ask(Method::POST, "/slack/api/admin.users.session.reset")
                .auth(&bearer)
                .json(json!({"user_id": id}))
                .send()
                .await;
            assert_eq!(reset.json(), json!({"ok": true}));
        }
        let sessions = bench.ask(Method::GET, &list).auth(&bearer).send().await.json();
        assert_eq!(sessions["active_sessions"], json!([]));
        assert!(bench.slack(&person).active, "sessions are not the account");
    }

    #[tokio::test]
    async fn scim_deactivates_and_a_deactivated_person_is_hidden_from_the_web_api_only() {
        let bench = Bench::start().await;
        let (bearer, person) = (bench.slack_bearer(), bench.employee());
        let user = format!("/slack/scim/v2/Users/{}", person.slack_id.clone().unwrap());
        for filter in [format!("userName eq \"{}\"", person.login), format!("email eq \"{}\"", person.email)] {
            let path = format!("/slack/scim/v2/Users?filter={}", filter.replace(' ', "%20").replace('"', "%22"));
            let found = bench.ask(Method::GET, path).auth(&bearer).send().await.json();
            assert_eq!((&found["totalResults"], &found["Resources"][0]["active"]), (&json!(1), &json!(true)));
        }

        for active in [json!(false), json!("False")] {
            let got = bench.ask(Method::PATCH, &user).auth(&bearer).json(patch(&active)).send().await;
            assert_eq!((got.status, &got.json()["active"]), (200, &json!(false)));
        }
        assert_eq!(bench.ask(Method::GET, &user).auth(&bearer).send().await.json()["active"], false);
        assert_eq!(bench.slack(&person), SlackTruth { active: false, sessions: 0 });
        let find = format!("/slack/api/users.lookupByEmail?email={}", person.email);
        assert_eq!(bench.ask(Method::GET, find).auth(&bearer).send().await.json()["error"], "users_not_found");

        let gone = bench.ask(Method::DELETE, &user).auth(&bearer).send().await;
        assert_eq!(gone.status, 404, "a delete finds nobody to deactivate");
        let back = bench.ask(Method::PATCH, &user).auth(&bearer).json(patch(&json!(true))).send().await;
        assert_eq!(back.json()["active"], true);
        assert_eq!(bench.ask(Method::DELETE, &user).auth(&bearer).send().await.status, 204);
        assert!(!bench.slack(&person).active);
    }

    #[tokio::test]
    async fn scim_errors_come_in_both_shapes() {
        let bench = Bench::start().await;
        let mut shapes = [false, false];
        for _ in 0..2 {
            let got = bench.ask(Method::GET, "/slack/scim/v2/Users/U0NOBODY").auth(&bench.slack_bearer()).send().await;
            assert_eq!(got.status, 404);
            shapes[0] |= got.json()["Errors"]["code"] == 404;
            shapes[1] |= got.json()["status"] == "404" && got.json()["schemas"].is_array();
        }
        assert_eq!(shapes, [true, true]);
    }
}

mod github {
    use super::*;

    async fn app_token(bench: &Bench, permissions: Value) -> Got {
        let bearer = format!("Bearer {}", app_jwt(bench, |_| ()));
        let found = bench.ask(Method::GET, "/github/orgs/corp-example/installation").auth(&bearer).send().await.json();
        let path = format!("/github/app/installations/{}/access_tokens", found["id"]);
        bench.ask(Method::POST, path).auth(&bearer).json(json!({"permissions": permissions})).send().await
    }

    fn app_jwt(bench: &Bench, change: impl FnOnce(&mut Value)) -> String {
        let credentials = bench.sandbox.credentials();
        let mut claims = json!({"iss": credentials.github_app_id, "iat": now() - 60, "exp": now() + 540});
        change(&mut claims);
        sign(&credentials.github_private_key_pem, None, &claims)
    }

    #[tokio::test]
    async fn the_app_gets_a_token_no_wider_than_it_asks_for() {
        let bench = Bench::start().await;
        let got = app_token(&bench, json!({"members": "read"})).await;
        assert_eq!(got.status, 201, "{}", got.text);
        let bearer = format!("Bearer {}", got.json()["token"].as_str().unwrap());
        let path = format!("/github/orgs/corp-example/memberships/{}", bench.employee().github_login.unwrap());

        assert_eq!(bench.ask(Method::GET, &path).auth(&bearer).send().await.status, 200);
        let refused = bench.ask(Method::DELETE, &path).auth(&bearer).send().await;
        assert_eq!((refused.status, refused.header("x-accepted-github-permissions")), (403, "members=write"));
        assert!(bench.github(&bench.employee()).member);
        assert_eq!(app_token(&bench, json!({"contents": "write"})).await.status, 422);
    }

    #[tokio::test]
    async fn a_wrong_app_jwt_is_refused() {
        let bench = Bench::start().await;
        let foreign = sign(
            &bench.sandbox.credentials().okta_private_key_pem,
            None,
            &json!({"iss": bench.sandbox.credentials().github_app_id, "iat": now() - 60, "exp": now() + 540}),
        );
        let cases = [
            ("signature", foreign),
            ("too long", app_jwt(&bench, |c| c["exp"] = json!(now() + 700))),
            ("from the future", app_jwt(&bench, |c| c["iat"] = json!(now() + 120))),
            ("issuer", app_jwt(&bench, |c| c["iss"] = json!("1"))),
        ];
        for (what, jwt) in cases {
            let ask = bench.ask(Method::GET, "/github/orgs/corp-example/installation").auth(&format!("Bearer {jwt}"));
            assert_eq!(ask.send().await.status, 401, "{what}");
        }
    }

    #[tokio::test]
    async fn an_address_leads_to_a_login_and_removal_is_read_back() {
        let bench = Bench::start().await;
        let (bearer, person) = (bench.github_bearer(), bench.employee());
        let query = json!({
            "query": "query($org:String!,$userName:String!){organization(login:$org){samlIdentityProvider{\
                      externalIdentities(first:1,userName:$userName){edges{node{samlIdentity{nameId} user{login}}}}}}}",
            "variables": {"org": "corp-example", "userName": person.email},
        });
        let found = bench.ask(Method::POST, "/github/graphql").auth(&bearer).json(query).send().await.json();
        let edge = &found["data"]["organization"]["samlIdentityProvider"]["externalIdentities"]["edges"][0]["node"];
        assert_eq!(edge["samlIdentity"]["nameId"], json!(person.email));
        let login = edge["user"]["login"].as_str().unwrap();

        let membership = format!("/github/orgs/corp-example/memberships/{login}");
        let read = bench.ask(Method::GET, &membership).auth(&bearer).send().await;
        assert_eq!((&read.json()["state"], read.number("x-ratelimit-limit") > 0), (&json!("active"), true));
        assert_eq!(bench.ask(Method::DELETE, &membership).auth(&bearer).send().await.status, 204);
        assert_eq!(bench.ask(Method::DELETE, &membership).auth(&bearer).send().await.status, 404);
        assert_eq!(bench.ask(Method::GET, &membership).auth(&bearer).send().await.status, 404);
        let member = format!("/github/orgs/corp-example/members/{login}");
        assert_eq!(bench.ask(Method::GET, &member).auth(&bearer).send().await.status, 404);
        assert!(!bench.github(&person).member);

        let back = bench.ask(Method::PUT, &membership).auth(&bearer).json(json!({"role": "member"})).send().await;
        assert_eq!(back.json()["state"], "pending", "only an invitation");
        assert_eq!(bench.ask(Method::GET, &member).auth(&bearer).send().await.status, 404);
    }

    #[tokio::test]
    async fn an_enterprise_team_keeps_a_removed_member_in() {
        let bench = Bench::start().await;
        let (bearer, person) = (bench.github_bearer(), bench.employee());
        let set = format!("/_sandbox/people/{}/set", person.email);
        bench.ask(Method::POST, set).json(json!({"github_enterprise_team": true})).send().await;
        let membership = format!("/github/orgs/corp-example/memberships/{}", person.github_login.unwrap());

        assert_eq!(bench.ask(Method::DELETE, &membership).auth(&bearer).send().await.status, 204);
        let read = bench.ask(Method::GET, &membership).auth(&bearer).send().await;

        assert_eq!((read.status, &read.json()["direct_membership"]), (200, &json!(false)));
    }

    #[tokio::test]
    async fn a_contractor_is_a_collaborator_and_a_member_is_not() {
        let bench = Bench::start().await;
        let bearer = bench.github_bearer();
        let contractor = bench.person(|p| p.kind == "contractor" && p.github_login.is_some());
        let of = |person: &Person| {
            format!("/github/orgs/corp-example/outside_collaborators/{}", person.github_login.clone().unwrap())
        };

        let mut logins = Vec::new();
        let mut next = Some("/github/orgs/corp-example/outside_collaborators?per_page=10".to_owned());
        while let Some(path) = next {
            let got = bench.ask(Method::GET, path).auth(&bearer).send().await;
            logins.extend(got.json().as_array().unwrap().iter().map(|c| c["login"].as_str().unwrap().to_owned()));
            let link = got.headers.get("link").map(|link| link.to_str().unwrap().to_owned()).unwrap_or_default();
            next = link.split(", ").find(|part| part.ends_with("rel=\"next\"")).map(|part| {
                let url = part.trim_start_matches('<').split('>').next().unwrap();
                url.strip_prefix(&bench.sandbox.base_url()).unwrap().to_owned()
            });
        }
        let contractors =
            bench.sandbox.people().iter().filter(|p| p.kind == "contractor" && p.github_login.is_some()).count();
        assert!(contractors > 10, "more than a page");
        assert_eq!(logins.len(), contractors);
        assert!(logins.contains(contractor.github_login.as_ref().unwrap()));

        assert_eq!(bench.ask(Method::DELETE, of(&bench.employee())).auth(&bearer).send().await.status, 422);
        for _ in 0..2 {
            assert_eq!(bench.ask(Method::DELETE, of(&contractor)).auth(&bearer).send().await.status, 204);
        }
        assert!(!bench.github(&contractor).outside_collaborator);
    }

    #[tokio::test]
    async fn credentials_are_deleted_by_credential_id_only() {
        let bench = Bench::start().await;
        let bearer = bench.github_bearer();
        let person = bench.person(|p| bench.truth(p).github.is_some_and(|github| github.credentials == 1));
        let base = "/github/orgs/corp-example/credential-authorizations";
        let list = format!("{base}?login={}", person.github_login.clone().unwrap());
        let credential = bench.ask(Method::GET, &list).auth(&bearer).send().await.json()[0].clone();

        let wrong = format!("{base}/{}", credential["authorized_credential_id"]);
        assert_eq!(bench.ask(Method::DELETE, wrong).auth(&bearer).send().await.status, 404);
        assert_eq!(bench.github(&person).credentials, 1);
        let right = format!("{base}/{}", credential["credential_id"]);
        assert_eq!(bench.ask(Method::DELETE, &right).auth(&bearer).send().await.status, 204);
        assert_eq!(bench.ask(Method::DELETE, &right).auth(&bearer).send().await.status, 404);
        assert_eq!(bench.ask(Method::GET, &list).auth(&bearer).send().await.json(), json!([]));
    }

    #[tokio::test]
    async fn a_caller_without_a_name_is_refused() {
        let bench = Bench::start().await;
        let url = format!("{}/github/rate_limit", bench.sandbox.base_url());
        let nameless = Client::builder().no_proxy().build().unwrap();

        let got = nameless.get(url).header("authorization", bench.github_bearer()).send().await.unwrap();

        assert_eq!(got.status(), 403);
    }
}

mod smaller_ones {
    use super::*;

    #[tokio::test]
    async fn the_desk_disables_once() {
        let bench = Bench::start().await;
        let (bearer, person) = (bench.desk_bearer(), bench.employee());
        let find = format!("/desk/agents?email={}", person.email);
        let agent = bench.ask(Method::GET, find).auth(&bearer).send().await.json()["agents"][0].clone();
        assert_eq!((&agent["email"], &agent["state"]), (&json!(person.email), &json!("active")));
        let path = format!("/desk/agents/{}", agent["id"].as_str().unwrap());

        let first = bench.ask(Method::POST, format!("{path}/disable")).auth(&bearer).send().await;
        assert_eq!((first.status, first.json()), (200, json!({"result": "disabled"})));
        let again = bench.ask(Method::POST, format!("{path}/disable")).auth(&bearer).send().await;
        assert_eq!((again.status, again.json()), (409, json!({"error": "already_disabled"})));
        assert_eq!(bench.ask(Method::GET, &path).auth(&bearer).send().await.json()["state"], "disabled");
        assert!(!bench.truth(&person).desk.active);
        assert_eq!(bench.ask(Method::GET, &path).send().await.status, 401);
    }

    #[tokio::test]
    async fn bamboohr_tells_of_a_leaver_from_the_last_day_on() {
        let bench = Bench::start().await;
        let person = bench.person(|p| p.manager_email.is_some() && p.kind == "employee");
        let path = format!(
            "/bamboohr/api/v1/employees/{}?fields=workEmail,status,terminationDate,employmentHistoryStatus,supervisorEmail",
            person.employee_id
        );
        let read = async |more: &str| {
            let url = format!("{}{path}{more}", bench.sandbox.base_url());
            let key = &bench.sandbox.credentials().bamboohr_api_key;
            let call = bench.http.get(url).basic_auth(key, Some("x")).header("accept", "application/json");
            call.send().await.unwrap().json::<Value>().await.unwrap()
        };
        let before = read("").await;
        assert_eq!(before["workEmail"], json!(person.email));
        assert_eq!(before["supervisorEmail"], json!(person.manager_email));
        assert_eq!((&before["status"], &before["terminationDate"]), (&json!("Active"), &json!("0000-00-00")));

        assert!(bench.sandbox.terminate(&person.email, Some("2999-12-31")));
        assert_eq!(read("").await, before, "a day to come shows only on request");
        assert_eq!(read("&onlyCurrent=false").await["terminationDate"], "2999-12-31");

        assert!(bench.sandbox.terminate(&person.email, Some("2026-01-02")));
        let after = read("").await;
        assert_eq!((&after["status"], &after["employmentHistoryStatus"]), (&json!("Inactive"), &json!("Terminated")));
        assert!(!bench.sandbox.terminate(&person.email, Some("soon")));

        assert_eq!(bench.ask(Method::GET, &path).send().await.status, 401);
    }

    #[tokio::test]
    async fn the_webhook_is_signed_over_body_and_timestamp() {
        use hmac::{Hmac, Mac};
        let bench = Bench::start().await;
        let person = bench.employee();

        let webhook = bench.sandbox.leaver_webhook(&person.email).unwrap();

        let key = bench.sandbox.credentials().bamboohr_webhook_key.as_bytes();
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key).unwrap();
        mac.update(format!("{}{}", webhook.body, webhook.timestamp).as_bytes());
        assert_eq!(webhook.signature, hex::encode(mac.finalize().into_bytes()));
        let body: Value = serde_json::from_str(&webhook.body).unwrap();
        assert_eq!(body["data"]["employeeId"], json!(person.employee_id));
    }

    #[tokio::test]
    async fn alerts_are_received_and_kept() {
        let bench = Bench::start().await;
        let ok = bench.ask(Method::POST, "/hooks/slack/T/B/secret").json(json!({"text": "hello"})).send().await;
        assert_eq!((ok.status, ok.text.as_str()), (200, "ok"));
        let bad = bench.ask(Method::POST, "/hooks/slack/T/B/secret").json(json!([])).send().await;
        assert_eq!((bad.status, bad.text.as_str()), (400, "invalid_payload"));

        let event = |key: &str, action: &str| {
            json!({
                "routing_key": key, "event_action": action, "dedup_key": "case:1",
                "payload": {"summary": "access left", "source": "nightlatch", "severity": "critical"},
            })
        };
        let key = bench.sandbox.credentials().pagerduty_routing_key.clone();
        let enqueue =
            async |event: Value| bench.ask(Method::POST, "/pagerduty/v2/enqueue").json(event).send().await.status;
        assert_eq!(enqueue(event("wrong", "trigger")).await, 400);
        for action in ["trigger", "trigger", "resolve", "trigger"] {
            assert_eq!(enqueue(event(&key, action)).await, 202);
        }

        let alerts = bench.sandbox.alerts();
        assert_eq!((alerts.slack.len(), &alerts.slack[0].body["text"]), (1, &json!("hello")));
        let states: Vec<_> = alerts.pagerduty.iter().map(|one| (one.state.as_str(), one.triggers)).collect();
        assert_eq!(states, [("resolved", 2), ("triggered", 1)]);
    }

    #[tokio::test]
    async fn nonsense_never_brings_it_down() {
        let bench = Bench::start().await;
        let google = bench.google().await;
        for vendor in ["google", "okta", "slack", "github", "desk", "bamboohr", "hooks", "pagerduty", "_sandbox", "x"] {
            for rest in
                ["", "/%ff%", "/api/v1/users/%00/lifecycle", "/scim/v2/Users?filter=eq", "/orgs/corp-example/%2f"]
            {
                for method in [Method::GET, Method::POST, Method::DELETE] {
                    let ask = bench.ask(method, format!("/{vendor}{rest}")).auth("Bearer ");
                    assert_ne!(ask.json(json!([1, "two"])).send().await.status, 500, "/{vendor}{rest}");
                }
            }
        }
        let user = format!("/google/admin/directory/v1/users/{}", bench.employee().email);
        let got = bench.ask(Method::PUT, &user).auth(&google).json(json!({"suspended": "yes"})).send().await;
        assert_eq!(got.status, 400);
        assert!(!bench.truth(&bench.employee()).google.suspended);
    }

    #[tokio::test]
    async fn the_own_interface_tells_the_same_as_the_library() {
        let bench = Bench::start().await;
        let person = bench.employee();
        let find = format!("/desk/agents?email={}", person.email);
        bench.ask(Method::GET, &find).auth(&bench.desk_bearer()).send().await;

        let get = async |path: &str| bench.ask(Method::GET, format!("/_sandbox{path}")).send().await.json();
        assert_eq!(get("/people").await, json!(bench.sandbox.people()));
        assert_eq!(get(&format!("/people/{}", person.email)).await, json!(bench.truth(&person)));
        assert_eq!(get("/summary").await, json!(bench.sandbox.summary()));
        assert_eq!(get("/calls?vendor=desk").await, json!(bench.sandbox.calls()));
        assert_eq!(get("/calls?since=1").await, json!([]));
        assert_eq!(get("/alerts").await, json!({"slack": [], "pagerduty": []}));
        assert_eq!(bench.ask(Method::GET, "/_sandbox/credentials").send().await.status, 404);
    }

    #[tokio::test]
    async fn all_access_is_dead_only_when_every_account_is() {
        let bench = Bench::start().await;
        let person = bench.employee();
        let google = bench.google().await;
        let user = format!("/google/admin/directory/v1/users/{}", person.email);
        let login = person.github_login.clone().unwrap();
        let id = person.slack_id.clone().unwrap();
        let index = bench.sandbox.people().iter().position(|p| p.email == person.email).unwrap() + 1;
        let steps = [
            bench.ask(Method::POST, format!("{user}/signOut")).auth(&google),
            bench.ask(Method::PUT, &user).auth(&google).json(json!({"suspended": true})),
            bench
                .ask(Method::POST, format!("/okta/api/v1/users/{}/lifecycle/suspend", person.okta_id))
                .auth(&bench.ssws()),
            bench.ask(Method::DELETE, format!("/slack/scim/v2/Users/{id}")).auth(&bench.slack_bearer()),
            bench
                .ask(Method::DELETE, format!("/github/orgs/corp-example/memberships/{login}"))
                .auth(&bench.github_bearer()),
            bench.ask(Method::POST, format!("/desk/agents/{index}/disable")).auth(&bench.desk_bearer()),
        ];
        for step in steps {
            assert!(!bench.truth(&person).all_access_dead());
            assert!(step.send().await.status < 300);
        }
        assert!(bench.truth(&person).all_access_dead());

        let restore = format!("/_sandbox/people/{}/restore", person.email);
        assert_eq!(bench.ask(Method::POST, restore).send().await.status, 204);
        assert!(!bench.truth(&person).all_access_dead());
    }
}

mod faults {
    use super::*;

    fn on(vendor: &str) -> Fault {
        Fault { vendor: vendor.into(), ..Fault::default() }
    }

    fn disable(bench: &Bench, number: usize) -> Ask<'_> {
        bench.ask(Method::POST, format!("/desk/agents/{number}/disable")).auth(&bench.desk_bearer())
    }

    #[tokio::test]
    async fn a_lost_answer_is_a_deed_done_and_a_closed_connection() {
        let bench = Bench::start().await;
        let person = bench.sandbox.people()[0].clone();
        bench.sandbox.set_fault(Fault { lost_answers: 1.0, ..on("desk") });

        let lost = disable(&bench, 1).response().await;

        let error = lost.expect_err("no answer");
        assert!(error.is_request() && !error.is_timeout(), "{error:?}");
        assert!(!bench.truth(&person).desk.active);
        let call = bench.last_call("desk.agents.disable");
        assert_eq!((call.executed, call.answered, call.status), (true, false, 200));
        bench.sandbox.clear_faults();
        assert_eq!(disable(&bench, 1).send().await.status, 409);
    }

    #[tokio::test]
    async fn an_outage_does_nothing_and_hangs_up_or_says_503() {
        let bench = Bench::start().await;
        bench.sandbox.set_fault(Fault { down: true, ..on("desk") });
        let (mut hung_up, mut said) = (0, 0);
        for _ in 0..40 {
            match disable(&bench, 1).response().await {
                Ok(response) => {
                    assert_eq!(response.status(), 503);
                    said += 1;
                }
                Err(_) => hung_up += 1,
            }
        }
        assert!(hung_up > 0 && said > 0, "{hung_up} hung up, {said} said 503");
        assert!(bench.truth(&bench.sandbox.people()[0]).desk.active);
        assert_eq!(bench.sandbox.summary().executed, 0);
        let okta = bench.ask(Method::GET, "/okta/api/v1/users/me").auth(&bench.ssws()).send().await;
        assert_eq!(okta.status, 200, "the others are up");
    }

    #[tokio::test]
    async fn an_outage_starts_and_ends_when_it_is_told_to() {
        let bench = Bench::start().await;
        let up =
            async || bench.ask(Method::GET, "/desk/agents/1").auth(&bench.desk_bearer()).send().await.status == 200;
        bench.sandbox.set_fault(Fault { status: Some(500), after_ms: Some(1000), for_ms: Some(1000), ..on("*") });

        assert!(up().await, "not yet");
        tokio::time::sleep(Duration::from_millis(1400)).await;
        assert!(!up().await, "now");
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(up().await, "over");
    }

    #[tokio::test]
    async fn a_fault_can_be_narrowed_to_an_operation() {
        let bench = Bench::start().await;
        bench.sandbox.set_fault(Fault { op: Some("agents.disable".into()), status: Some(500), ..on("desk") });

        assert_eq!(disable(&bench, 1).send().await.status, 500);
        let read = bench.ask(Method::GET, "/desk/agents/1").auth(&bench.desk_bearer()).send().await;
        assert_eq!((read.status, &read.json()["state"]), (200, &json!("active")));
    }

    #[tokio::test]
    async fn a_status_appears_in_its_share_of_the_calls() {
        let bench = Bench::start().await;
        bench.sandbox.set_fault(Fault { status: Some(500), probability: 0.3, ..on("desk") });
        let mut failed = 0;
        for _ in 0..300 {
            let got = bench.ask(Method::GET, "/desk/agents/1").auth(&bench.desk_bearer()).send().await;
            failed += u32::from(got.status == 500);
        }
        assert!((60..=120).contains(&failed), "{failed} of 300");
    }

    /// Calls until the limit shows, which a limit of five a second does at the sixth call or soon after.
    async fn exhaust<'a>(ask: impl Fn() -> Ask<'a>, limited: impl Fn(&Got) -> bool) -> (usize, Got) {
        for passed in 0..50 {
            let got = ask().send().await;
            if limited(&got) {
                return (passed, got);
            }
        }
        panic!("no limit in 50 calls");
    }

    #[tokio::test]
    async fn a_rate_limit_has_the_shape_of_each_vendor() {
        let bench = Bench::start().await;
        let google = bench.google().await;
        bench.sandbox.set_fault(Fault { rate_per_s: Some(5.0), ..on("*") });

        let user = format!("/google/admin/directory/v1/users/{}", bench.employee().email);
        let (passed, got) = exhaust(|| bench.ask(Method::GET, &user).auth(&google), |got| got.status == 403).await;
        assert!(passed >= 5, "{passed} passed");
        assert_eq!(got.json()["error"]["errors"][0]["reason"], "userRateLimitExceeded");
        assert!(!got.headers.contains_key("retry-after"));

        let (passed, got) =
            exhaust(|| bench.ask(Method::GET, "/okta/api/v1/users/me").auth(&bench.ssws()), |got| got.status == 429)
                .await;
        assert!(passed >= 5, "each vendor has a limit of its own");
        assert_eq!(got.json()["errorCode"], "E0000047");
        assert_eq!((got.number("x-rate-limit-limit"), got.number("x-rate-limit-remaining")), (5, 0));
        assert!((now()..=now() + 3).contains(&got.number("x-rate-limit-reset")));
        assert!(!got.headers.contains_key("retry-after"));

        for path in ["/slack/api/auth.test", "/slack/scim/v2/ServiceProviderConfig"] {
            let ask = || bench.ask(Method::GET, path).auth(&bench.slack_bearer());
            let (_, got) = exhaust(ask, |got| got.status == 429).await;
            assert!(got.number("retry-after") >= 1, "{path}");
            assert_eq!(path.contains("api") && got.json()["error"] == "ratelimited", path.contains("api"));
        }

        let ask = || bench.ask(Method::GET, "/github/orgs/corp-example").auth(&bench.github_bearer());
        let (_, got) = exhaust(ask, |got| got.status == 403).await;
        assert_eq!((got.number("x-ratelimit-limit"), got.number("x-ratelimit-remaining")), (5, 0));
        assert!(!got.headers.contains_key("retry-after"));
        let reset = got.number("x-ratelimit-reset");
        assert!((now()..=now() + 3).contains(&reset));

        let ask = || bench.ask(Method::GET, "/desk/agents/1").auth(&bench.desk_bearer());
        let (_, got) = exhaust(ask, |got| got.json()["result"] == "busy").await;
        assert_eq!((got.status, got.json()), (200, json!({"result": "busy", "retry_in": 2})));

        while now() < reset {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let after = bench.ask(Method::GET, "/github/orgs/corp-example").auth(&bench.github_bearer()).send().await;
        assert_eq!(after.status, 200, "the reset time was no lie");
    }

    #[tokio::test]
    async fn a_status_of_429_is_the_other_kind_of_limit() {
        let bench = Bench::start().await;
        bench.sandbox.set_fault(Fault { status: Some(429), ..on("*") });

        let okta = bench.ask(Method::GET, "/okta/api/v1/users/me").auth(&bench.ssws()).send().await;
        assert_eq!((okta.number("x-rate-limit-limit"), okta.number("x-rate-limit-remaining")), (0, 0));
        let github = bench.ask(Method::GET, "/github/orgs/corp-example").auth(&bench.github_bearer()).send().await;
        assert!(github.json()["message"].as_str().unwrap().contains("secondary rate limit"));
        assert!(github.number("retry-after") >= 1 && github.number("x-ratelimit-remaining") > 0);
    }

    #[tokio::test]
    async fn a_deed_takes_place_though_its_client_is_gone() {
        let bench = Bench::start().await;
        let person = bench.sandbox.people()[0].clone();
        bench.sandbox.set_fault(Fault { act_delay_ms: (1000, 1000), ..on("desk") });

        let gone = tokio::time::timeout(Duration::from_millis(100), disable(&bench, 1).response()).await;

        assert!(gone.is_err(), "the client gave up");
        assert!(bench.truth(&person).desk.active, "not done yet");
        eventually("the deed", || !bench.truth(&person).desk.active).await;
        eventually("the entry", || bench.last_call("desk.agents.disable").executed).await;
        assert!(!bench.last_call("desk.agents.disable").answered);
    }

    #[tokio::test]
    async fn a_resend_while_the_first_is_in_work_is_a_repeat() {
        let bench = Bench::start().await;
        let (token, person) = (bench.google().await, bench.employee());
        let path = format!("/google/admin/directory/v1/users/{}", person.email);
        bench.sandbox.set_fault(Fault { act_delay_ms: (200, 200), op: Some("users.delete".into()), ..on("google") });

        let delete = || bench.ask(Method::DELETE, &path).auth(&token).send();
        let (one, other) = tokio::join!(delete(), delete());

        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 404]);
        assert_eq!(bench.sandbox.summary().executed_twice.len(), 1);
        assert_eq!(bench.sandbox.summary().irreversible_executed, 1);
    }

    #[tokio::test]
    async fn the_answer_waits_longer_than_the_deed() {
        let bench = Bench::start().await;
        let person = bench.sandbox.people()[0].clone();
        bench.sandbox.set_fault(Fault { answer_delay_ms: (1500, 1500), ..on("desk") });
        let asked = Instant::now();

        let answer = disable(&bench, 1).send();
        let deed = eventually("the deed", || !bench.truth(&person).desk.active);
        let (answer, done) = tokio::join!(answer, async {
            deed.await;
            asked.elapsed()
        });

        assert_eq!(answer.status, 200);
        assert!(done < Duration::from_secs(1), "done after {done:?}");
        assert!(asked.elapsed() >= Duration::from_millis(1500));
    }

    #[tokio::test]
    async fn reads_lag_behind_writes_when_asked_to() {
        let bench = Bench::with(Options { read_lag_ms: 1500, ..Options::default() }).await;
        let (token, person) = (bench.google().await, bench.employee());
        let path = format!("/google/admin/directory/v1/users/{}", person.email);
        let suspended = async || bench.ask(Method::GET, &path).auth(&token).send().await.json()["suspended"] == true;

        let answer = bench.ask(Method::PUT, &path).auth(&token).json(json!({"suspended": true})).send().await;

        assert_eq!(answer.json()["suspended"], true, "the write itself is not in doubt");
        assert!(bench.truth(&person).google.suspended);
        assert!(!suspended().await, "the read is behind");
        tokio::time::sleep(Duration::from_millis(1550)).await;
        assert!(suspended().await);
    }

    #[tokio::test]
    async fn faults_are_set_and_cleared_from_outside() {
        let bench = Bench::start().await;
        let set = |fault: Value| bench.ask(Method::POST, "/_sandbox/faults").json(fault).send();
        assert_eq!(set(json!({"vendor": "desk", "status": 500})).await.status, 204);
        assert_eq!(set(json!({"vendr": "desk"})).await.status, 400, "a slip of the pen is no fault");
        assert_eq!(set(json!({"vendor": "desc"})).await.status, 400, "nor is one that hits nobody");
        assert_eq!(disable(&bench, 1).send().await.status, 500);

        assert_eq!(bench.ask(Method::DELETE, "/_sandbox/faults").send().await.status, 204);
        assert_eq!(disable(&bench, 1).send().await.status, 200);
    }

    #[tokio::test]
    async fn stopping_closes_the_port() {
        let bench = Bench::start().await;
        let address = bench.sandbox.address();

        bench.sandbox.stop().await;

        assert!(tokio::net::TcpStream::connect(address).await.is_err());
    }
}
