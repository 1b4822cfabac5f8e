//! `type = "scim"` against scim2-server, which serves all of RFC 7644: filters, `ETag`, its error bodies.

use std::process::Command;

use nightlatch::connectors::Located;
use nightlatch::model::health::Health;
use nightlatch::model::{Leaver, Outcome, Verdict};
use serde_json::{Value, json};

use crate::bench::{Rig, folder, is_retry, mapped, secret};
use crate::host::{Host, program};

const TOKEN: &str = "scim-canary-0123456789";
const ALFA: &str = "alfa.doe@corp.example";

/// The running server, and a way to it that is not ours.
struct Server {
    _host: Host,
    base: String,
}

impl Server {
    /// Where it is installed. `config`: what it announces and keeps to, instead of everything.
    fn start(config: Option<&Value>) -> Option<Self> {
        let program = program("scim2-server", "scim2-server (PyPI)")?;
        let host = Host::start(|address, folder| {
            let mut command = Command::new(program);
            command.current_dir(folder).args(["--bearer-token", TOKEN, "--port", &address.port().to_string()]);
            if let Some(config) = config {
                std::fs::write(folder.join("config.json"), config.to_string()).unwrap();
                command.args(["--service-provider-config", "config.json"]);
            }
            command
        });
        let base = format!("http://{}/v2", host.address);
        Some(Self { _host: host, base })
    }

    async fn ask(&self, request: impl FnOnce(reqwest::Client) -> reqwest::RequestBuilder) -> (u16, Value) {
        let answer = request(reqwest::Client::new()).bearer_auth(TOKEN).send().await.unwrap();
        (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
    }

    /// Creates a user; gives the id.
    async fn user(&self, name: &str, emails: &[&str]) -> String {
        let emails: Vec<Value> = emails.iter().map(|email| json!({ "value": email })).collect();
        let schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"];
        let made = json!({ "schemas": schemas, "userName": name, "active": true, "emails": emails, "title": "Buyer" });
        let (status, user) = self.ask(|client| client.post(format!("{}/Users", self.base)).json(&made)).await;
        assert_eq!(status, 201, "{user}");
        user["id"].as_str().unwrap().to_owned()
    }

    async fn read(&self, id: &str) -> (u16, Value) {
        self.ask(|client| client.get(format!("{}/Users/{id}", self.base))).await
    }

    fn rig(&self, more: &str) -> Rig {
        let folder = folder();
        let token = secret(folder.path(), "token", TOKEN);
        let rig = Rig::new("app", &format!("type='scim'\nbase_url='{}'\ntoken='{token}'\n{more}", self.base));
        Rig { folder: Some(folder), ..rig }
    }
}

#[tokio::test]
async fn deactivates_activates_and_deletes_with_etags() {
    let Some(server) = Server::start(None) else { return };
    let id = server.user(ALFA, &[ALFA]).await;
    // The server does keep to versions: one that is not the newest is refused.
    let stale = server
        .ask(|client| {
            let body = json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
                "Operations": [{ "op": "replace", "path": "title", "value": "Seller" }] });
            client.patch(format!("{}/Users/{id}", server.base)).header("if-match", "W/\"none\"").json(&body)
        })
        .await;
    assert_eq!(stale.0, 412, "{stale:?}");
    let rig = server.rig("");
    let probe = rig.connector.probe(&Rig::call()).await;
    assert_eq!((probe.health, probe.message.as_str()), (Health::Up, "reads users, changes them by PATCH"));
    let account = rig.account(ALFA).await;
    assert_eq!((&account.id, account.matched_on.as_str()), (&id, "userName"));
    rig.alive("deactivate", &account).await;
    let before = rig.done("deactivate", &account).await;
    let (_, user) = server.read(&id).await;
    assert_eq!((&user["active"], &user["title"]), (&json!(false), &json!("Buyer")));
    assert_eq!(rig.dead("deactivate", &account).await, "active: false");
    rig.already("deactivate", &account).await;
    assert_eq!(rig.undo("deactivate", &account, &before).await, Outcome::Acknowledged);
    assert_eq!(server.read(&id).await.1["active"], true);
    let before = rig.done("delete", &account).await;
    assert_eq!(before["user"]["userName"], ALFA);
    assert_eq!(server.read(&id).await.0, 404);
    assert_eq!(rig.dead("delete", &account).await, "no such user");
    rig.already("delete", &account).await;
    assert!(matches!(rig.verify("deactivate", &account).await, Verdict::Dead { .. }));
    rig.kept_quiet(&[TOKEN]);
}

#[tokio::test]
async fn each_way_of_saying_inactive_works_here() {
    let Some(server) = Server::start(None) else { return };
    for (name, profile) in [("bravo.doe@corp.example", "okta"), ("charlie.doe@corp.example", "plain")] {
        let id = server.user(name, &[]).await;
        let rig = server.rig(&format!("profile='{profile}'"));
        let account = rig.account(name).await;
        rig.done("deactivate", &account).await;
        assert_eq!(server.read(&id).await.1["active"], false, "{profile}");
    }
}

#[tokio::test]
async fn a_service_without_patch_gets_the_whole_user_back() {
    let no = json!({ "supported": false });
    let filter = json!({ "supported": true, "maxResults": 100 });
    let config = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"], "patch": no, "sort": no,
        "bulk": { "supported": false, "maxOperations": 0, "maxPayloadSize": 0 }, "changePassword": no, "filter": filter,
        "etag": { "supported": true }, "authenticationSchemes": [],
    });
    let Some(server) = Server::start(Some(&config)) else { return };
    let id = server.user("adoe", &[ALFA]).await;
    let rig = server.rig("");
    let account = rig.account(ALFA).await;
    assert_eq!(account.matched_on, "emails.value");
    rig.done("deactivate", &account).await;
    let (_, user) = server.read(&id).await;
    assert_eq!((&user["active"], &user["title"], &user["userName"]), (&json!(false), &json!("Buyer"), &json!("adoe")));
    let sent = rig.exchanges.lock().unwrap().iter().map(|it| it.request.clone()).collect::<Vec<_>>().join("\n");
    assert!(sent.contains("PUT /v2/Users/") && !sent.contains("PATCH"), "{sent}");
}

#[tokio::test]
async fn filters_find_one_whatever_the_case_and_nobody_by_force() {
    let Some(server) = Server::start(None) else { return };
    server.user("Delta.Doe@Corp.example", &[]).await;
    let other = server.user("echo", &["delta.other@corp.example", "foxtrot.doe@corp.example"]).await;
    let quoted = server.user("o\"brien\\@corp.example", &[]).await;
    server.user("foxtrot.doe@corp.example", &[]).await;
    let rig = server.rig("");
    rig.account("delta.doe@corp.example").await;
    assert_eq!(rig.account("delta.other@corp.example").await.id, other);
    assert_eq!(rig.account("o\"brien\\@corp.example").await.id, quoted);
    let both = rig.locate(&Leaver::from_email("foxtrot.doe@corp.example")).await.unwrap();
    assert!(matches!(&both, Located::Unsure { reason } if reason.contains("finds both")), "{both:?}");
    for nobody in ["nobody@corp.example", "x\" or userName pr or userName eq \"x"] {
        let found = rig.locate(&Leaver::from_email(nobody)).await.unwrap();
        assert!(matches!(found, Located::Nobody { .. }), "{found:?}");
    }
    let stale = rig.locate(&mapped("app", "delta.doe@corp.example", "gone")).await.unwrap();
    assert!(matches!(&stale, Located::Unsure { reason } if reason.contains("does not exist")), "{stale:?}");
}

#[tokio::test]
async fn two_at_once_do_not_overwrite_each_other() {
    let Some(server) = Server::start(None) else { return };
    server.user(ALFA, &[]).await;
    let rig = server.rig("");
    let account = rig.account(ALFA).await;
    let ends = tokio::join!(rig.execute("deactivate", &account), rig.execute("deactivate", &account));
    for outcome in [ends.0, ends.1] {
        if !matches!(outcome, Outcome::Acknowledged | Outcome::AlreadySo { .. }) {
            is_retry(&outcome, false);
        }
    }
    rig.dead("deactivate", &account).await;
}
