//! `type = "aws"` against moto's server: IAM, STS, the Identity Store and SSO Admin, with state.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;

use nightlatch::connectors::Located;
use nightlatch::model::health::Health;
use nightlatch::model::{Account, Leaver, Outcome};
use serde_json::{Value, json};

use crate::bench::{Rig, mapped, refused, secret};
use crate::host::{Host, program};

const EMAIL: &str = "alfa.doe@corp.example";

/// moto, and what is asked of it beside the connector.
struct Moto {
    host: Host,
    client: reqwest::Client,
}

impl Moto {
    fn new() -> Option<Self> {
        let program = program("moto_server", "moto[server] (PyPI)")?;
        let host = Host::start(|address, folder| {
            let mut command = Command::new(program);
            command.current_dir(folder).args(["-H", "127.0.0.1", "-p", &address.port().to_string()]);
            command
        });
        Some(Self { host, client: reqwest::Client::new() })
    }

    fn base(&self) -> String {
        format!("http://{}", self.host.address)
    }

    /// moto finds the service by the signature's scope, and checks no signature.
    fn to(&self, service: &str) -> reqwest::RequestBuilder {
        let scope = format!("setup/20260101/us-east-1/{service}/aws4_request");
        let signature = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0");
        self.client.post(self.base()).header("authorization", signature)
    }

    async fn iam(&self, action: &str, fields: &[(&str, &str)]) -> String {
        let form: Vec<(&str, &str)> =
            [("Action", action), ("Version", "2010-05-08")].into_iter().chain(fields.iter().copied()).collect();
        let answer = self.to("iam").form(&form).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{action}: {status}: {text}");
        text
    }

    async fn json(&self, service: &str, target: &str, body: Value) -> Value {
        let request =
            self.to(service).header("x-amz-target", target).header("content-type", "application/x-amz-json-1.1");
        let answer = request.body(body.to_string()).send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{target}: {status}: {text}");
        serde_json::from_str(&text).unwrap_or(Value::Null)
    }

    /// A user with one of everything.
    async fn user(&self, name: &str, email: &str) {
        let user = ("UserName", name);
        self.iam("CreateUser", &[user, ("Tags.member.1.Key", "Email"), ("Tags.member.1.Value", email)]).await;
        self.iam("CreateLoginProfile", &[user, ("Password", "Long-enough-1")]).await;
        self.iam("CreateAccessKey", &[user]).await;
        self.iam("CreateAccessKey", &[user]).await;
        self.iam("UploadSSHPublicKey", &[user, ("SSHPublicKeyBody", "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ== a")])
            .await;
        let certificate = rcgen::generate_simple_self_signed(["corp.example".to_owned()]).unwrap().cert.pem();
        self.iam("UploadSigningCertificate", &[user, ("CertificateBody", &certificate)]).await;
        let device = self.iam("CreateVirtualMFADevice", &[("VirtualMFADeviceName", name)]).await;
        let serial = between(&device, "<SerialNumber>", "</SerialNumber>");
        let codes = [("AuthenticationCode1", "123456"), ("AuthenticationCode2", "654321")];
        self.iam("EnableMFADevice", &[user, ("SerialNumber", serial), codes[0], codes[1]]).await;
        self.iam("CreateGroup", &[("GroupName", "developers")]).await;
        self.iam("AddUserToGroup", &[user, ("GroupName", "developers")]).await;
        let policy = [("PolicyName", "shared"), ("PolicyDocument", DOCUMENT)];
        let made = self.iam("CreatePolicy", &policy).await;
        let arn = between(&made, "<Arn>", "</Arn>");
        self.iam("AttachUserPolicy", &[user, ("PolicyArn", arn)]).await;
        self.iam("PutUserPolicy", &[user, ("PolicyName", "own"), ("PolicyDocument", DOCUMENT)]).await;
    }

    fn rig(&self, more: &str) -> Rig {
        self.rig_at(self.host.address, "AKIAIOSFODNN7EXAMPLE", "secret-canary-0123456789", more)
    }

    fn rig_at(&self, iam: SocketAddr, id: &str, key: &str, more: &str) -> Rig {
        let folder = self.host.folder();
        let (id, key) = (secret(folder, "id", id), secret(folder, "key", key));
        let base = self.base();
        let toml = format!(
            "type='aws'\naccess_key_id='{id}'\nsecret_access_key='{key}'\niam_url='http://{iam}'\nsts_url='{base}'\n\
             identity_store_url='{base}'\nsso_url='{base}'\n{more}"
        );
        Rig::new("aws", &toml)
    }
}

/// A document with everything in it that an encoding can spoil.
const DOCUMENT: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::a+b/ü%20<&>*"}]}"#;

fn between<'a>(text: &'a str, begin: &str, end: &str) -> &'a str {
    text.split_once(begin).unwrap().1.split_once(end).unwrap().0
}

/// What a read-back shows, an execution does, a second one finds, and an undo restores.
async fn there_and_back(rig: &Rig, name: &str, account: &Account) {
    rig.alive(name, account).await;
    let before = rig.done(name, account).await;
    rig.dead(name, account).await;
    rig.already(name, account).await;
    assert_eq!(rig.undo(name, account, &before).await, Outcome::Acknowledged, "{name}");
    rig.alive(name, account).await;
    rig.done(name, account).await;
    rig.dead(name, account).await;
}

#[tokio::test]
async fn the_kill_switch_cuts_is_read_back_and_undone() {
    let Some(moto) = Moto::new() else { return };
    moto.user(EMAIL, EMAIL).await;
    moto.iam("CreateRole", &[("RoleName", "Admin"), ("AssumeRolePolicyDocument", DOCUMENT)]).await;
    let linked = [("RoleName", "Linked"), ("Path", "/aws-service-role/x/"), ("AssumeRolePolicyDocument", DOCUMENT)];
    moto.iam("CreateRole", &linked).await;
    let rig = moto.rig("session_roles=['Admin']");
    assert_eq!(rig.connector.probe(&Rig::call()).await.health, Health::Up);
    let account = rig.account(EMAIL).await;
    assert_eq!((account.id.as_str(), account.matched_on.as_str()), (EMAIL, "user name"));
    there_and_back(&rig, "deny-all", &account).await;
    there_and_back(&rig, "deactivate-access-keys", &account).await;
    rig.alive("delete-login-profile", &account).await;
    rig.done("delete-login-profile", &account).await;
    rig.dead("delete-login-profile", &account).await;
    rig.already("delete-login-profile", &account).await;

    rig.alive("revoke-role-sessions", &account).await;
    let before = rig.done("revoke-role-sessions", &account).await;
    assert_eq!(rig.done("revoke-role-sessions", &account).await, before, "repeated, it is the same deny, of later");
    let evidence = rig.dead("revoke-role-sessions", &account).await;
    assert!(evidence.starts_with("Admin: sessions before 20"), "{evidence}");
    let other = Account { id: "bravo.roe".into(), ..account.clone() };
    rig.alive("revoke-role-sessions", &other).await;
    rig.undo("revoke-role-sessions", &account, &before).await;
    rig.alive("revoke-role-sessions", &account).await;
    for (roles, why) in [("Linked", "service-linked"), ("Nobody", "no such role")] {
        let rig = moto.rig(&format!("session_roles=['{roles}']"));
        let told = refused(&rig.execute("revoke-role-sessions", &account).await);
        assert!(told.contains(why) && told.contains("session_roles"), "{told}");
    }
    rig.kept_quiet(&["secret-canary-0123456789", "Signature="]);
}

#[tokio::test]
async fn a_policy_of_the_same_name_is_not_lost() {
    let Some(moto) = Moto::new() else { return };
    moto.user("alfa.doe", EMAIL).await;
    let own = [("UserName", "alfa.doe"), ("PolicyName", "OffboardDenyAll"), ("PolicyDocument", DOCUMENT)];
    moto.iam("PutUserPolicy", &own).await;
    let rig = moto.rig("");
    let account = rig.account(EMAIL).await;
    assert!(rig.alive("deny-all", &account).await.contains("does not deny"));
    let before = rig.done("deny-all", &account).await;
    rig.dead("deny-all", &account).await;
    rig.undo("deny-all", &account, &before).await;
    let asked = moto.iam("GetUserPolicy", &[own[0], own[1]]).await;
    assert!(asked.contains("%3Ca") || asked.contains("%3C%26%3E"), "the document is back: {asked}");
    let untouched = rig.undo("deny-all", &account, &Value::Null).await;
    assert!(matches!(untouched, Outcome::AlreadySo { .. }), "what Nightlatch did not put stays: {untouched:?}");
}

#[tokio::test]
async fn credentials_go_before_mfa_and_rights_come_back() {
    let Some(moto) = Moto::new() else { return };
    moto.user("alfa.doe", EMAIL).await;
    let rig = moto.rig("");
    let account = rig.account(EMAIL).await;
    for name in ["deactivate-ssh-keys", "deactivate-signing-certificates"] {
        there_and_back(&rig, name, &account).await;
    }
    let why = rig.execute("remove-mfa-devices", &account).await;
    assert!(matches!(&why, Outcome::NeedsHuman { reason } if reason.contains("password")), "{why:?}");
    rig.done("delete-login-profile", &account).await;
    let why = rig.execute("remove-mfa-devices", &account).await;
    assert!(matches!(&why, Outcome::NeedsHuman { reason } if reason.contains("access key")), "{why:?}");
    rig.done("deactivate-access-keys", &account).await;
    rig.alive("remove-mfa-devices", &account).await;
    rig.done("remove-mfa-devices", &account).await;
    rig.dead("remove-mfa-devices", &account).await;
    rig.already("remove-mfa-devices", &account).await;
    let devices = moto.iam("ListVirtualMFADevices", &[]).await;
    assert!(!devices.contains("mfa/alfa.doe"), "a virtual device is deleted: {devices}");

    rig.done("deny-all", &account).await;
    for name in ["remove-groups", "detach-policies", "delete-inline-policies"] {
        there_and_back(&rig, name, &account).await;
    }
    rig.dead("deny-all", &account).await;
    let before = rig.already("delete-inline-policies", &account).await;
    assert_eq!(before.0, "inline policies: none", "the deny is left in place");
    let kept = json!({ "policies": [{ "name": "own", "document": DOCUMENT }] });
    rig.undo("delete-inline-policies", &account, &kept).await;
    let before = rig.done("delete-inline-policies", &account).await;
    assert_eq!(before, kept, "documents are kept as they were written");

    rig.alive("delete-access-keys", &account).await;
    rig.done("delete-access-keys", &account).await;
    rig.dead("delete-access-keys", &account).await;
    rig.already("delete-access-keys", &account).await;
}

/// Passes on to moto, and answers for what moto has not: service-specific credentials.
fn front(moto: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut bytes = Vec::new();
            let mut chunk = [0; 4_096];
            let whole = |bytes: &[u8]| {
                let text = String::from_utf8_lossy(bytes).into_owned();
                let (head, body) = text.split_once("\r\n\r\n")?;
                let length =
                    head.to_lowercase().split_once("content-length: ")?.1.lines().next()?.parse::<usize>().ok()?;
                (body.len() >= length).then_some((head.to_owned(), body.to_owned()))
            };
            let (head, body) = loop {
                let read = stream.read(&mut chunk).unwrap_or(0);
                bytes.extend_from_slice(&chunk[..read]);
                match whole(&bytes) {
                    Some(request) => break request,
                    None if read == 0 => return,
                    None => {}
                }
            };
            if body.contains("Action=ListServiceSpecificCredentials") {
                let none = "<ListServiceSpecificCredentialsResponse><ListServiceSpecificCredentialsResult>\
                    <ServiceSpecificCredentials/></ListServiceSpecificCredentialsResult></ListServiceSpecificCredentialsResponse>";
                let length = none.len();
                let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{none}");
                let _ = stream.write_all(answer.as_bytes());
                continue;
            }
            let mut server = TcpStream::connect(moto).unwrap();
            server.write_all(format!("{head}\r\nconnection: close\r\n\r\n{body}").as_bytes()).unwrap();
            let mut answer = Vec::new();
            let _ = server.read_to_end(&mut answer);
            let _ = stream.write_all(&answer);
        }
    });
    address
}

#[tokio::test]
async fn a_user_is_deleted_with_everything_that_stands_in_the_way() {
    let Some(moto) = Moto::new() else { return };
    moto.user("alfa.doe", EMAIL).await;
    let rig = moto.rig_at(front(moto.host.address), "AKIAIOSFODNN7EXAMPLE", "secret-canary-0123456789", "");
    let account = rig.account(EMAIL).await;
    rig.done("deny-all", &account).await;
    rig.already("deactivate-service-credentials", &account).await;
    rig.dead("deactivate-service-credentials", &account).await;
    rig.alive("delete-user", &account).await;
    let before = rig.done("delete-user", &account).await;
    assert_eq!(before["name"], "alfa.doe");
    rig.dead("delete-user", &account).await;
    rig.already("delete-user", &account).await;
    // With the user, everything of theirs is gone.
    for name in
        ["deny-all", "delete-login-profile", "deactivate-access-keys", "remove-groups", "delete-inline-policies"]
    {
        rig.already(name, &account).await;
        rig.dead(name, &account).await;
    }
}

#[tokio::test]
async fn only_the_leavers_user_is_theirs() {
    let Some(moto) = Moto::new() else { return };
    let leaver = Leaver::from_email(EMAIL);
    let rig = moto.rig("");
    let nobody = rig.locate(&leaver).await.unwrap();
    assert!(matches!(&nobody, Located::Nobody { searched } if searched.contains("alfa.doe")), "{nobody:?}");
    moto.iam("CreateUser", &[("UserName", "alfa.doe")]).await;
    assert_eq!(rig.account(EMAIL).await.label, "arn:aws:iam::123456789012:user/alfa.doe");
    let tag =
        [("UserName", "alfa.doe"), ("Tags.member.1.Key", "email"), ("Tags.member.1.Value", "alfa.roe@corp.example")];
    moto.iam("TagUser", &tag).await;
    for leaver in [leaver.clone(), mapped("aws", EMAIL, "alfa.doe")] {
        let unsure = rig.locate(&leaver).await.unwrap();
        assert!(matches!(&unsure, Located::Unsure { reason } if reason.contains("alfa.roe@")), "{unsure:?}");
    }
    moto.iam("TagUser", &[tag[0], tag[1], ("Tags.member.1.Value", "Alfa.Doe@corp.example")]).await;
    rig.account(EMAIL).await;
    moto.iam("CreateUser", &[("UserName", EMAIL)]).await;
    let two = rig.locate(&leaver).await.unwrap();
    assert!(matches!(&two, Located::Unsure { reason } if reason.contains("both")), "{two:?}");
    let by_id = rig.locate(&mapped("aws", EMAIL, "alfa.doe")).await.unwrap();
    assert!(matches!(&by_id, Located::Found(account) if account.matched_on == "id map"), "{by_id:?}");
    let wrong = rig.locate(&mapped("aws", EMAIL, "nobody")).await.unwrap();
    assert!(matches!(&wrong, Located::Unsure { reason } if reason.contains("does not exist")), "{wrong:?}");
    let named = moto.rig("user_names=['u-{{ leaver.login }}']");
    moto.iam("CreateUser", &[("UserName", "u-alfa.doe")]).await;
    assert_eq!(named.account(EMAIL).await.id, "u-alfa.doe");
}

#[tokio::test]
async fn what_it_acts_as_is_never_touched_and_a_role_is_assumed() {
    let Some(moto) = Moto::new() else { return };
    moto.iam("CreateUser", &[("UserName", "nightlatch")]).await;
    let made = moto.iam("CreateAccessKey", &[("UserName", "nightlatch")]).await;
    let id = between(&made, "<AccessKeyId>", "</AccessKeyId>");
    let key = between(&made, "<SecretAccessKey>", "</SecretAccessKey>");
    let own = mapped("aws", EMAIL, "nightlatch");
    let rig = moto.rig_at(moto.host.address, id, key, "");
    let unsure = rig.locate(&own).await.unwrap();
    assert!(matches!(&unsure, Located::Unsure { reason } if reason.contains("acts as")), "{unsure:?}");
    // In another account, the same name is somebody else's.
    let role = moto.rig_at(moto.host.address, id, key, "role_arn='arn:aws:iam::111111111111:role/Offboarding'");
    let elsewhere = role.locate(&own).await.unwrap();
    assert!(matches!(elsewhere, Located::Nobody { .. }), "{elsewhere:?}");
    let probe = role.connector.probe(&Rig::call()).await;
    assert!(probe.message.contains("111111111111") && probe.message.contains("Offboarding/nightlatch"), "{probe:?}");
    role.kept_quiet(&[key]);
}

#[tokio::test]
async fn identity_center_lets_go_of_a_user() {
    let Some(moto) = Moto::new() else { return };
    let listed = moto.json("sso", "SWBExternalService.ListInstances", json!({})).await;
    let (instance, store) = (&listed["Instances"][0]["InstanceArn"], &listed["Instances"][0]["IdentityStoreId"]);
    let made = moto
        .json(
            "identitystore",
            "AWSIdentityStore.CreateUser",
            json!({
                "IdentityStoreId": store, "UserName": "alfa", "DisplayName": "a", "Name": { "GivenName": "a", "FamilyName": "b" },
                "Emails": [{ "Value": EMAIL, "Type": "work", "Primary": true }],
            }),
        )
        .await;
    let user = made["UserId"].as_str().unwrap();
    for group in ["admins", "developers"] {
        let body = json!({ "IdentityStoreId": store, "DisplayName": group });
        let made = moto.json("identitystore", "AWSIdentityStore.CreateGroup", body).await;
        let body = json!({ "IdentityStoreId": store, "GroupId": made["GroupId"], "MemberId": { "UserId": user } });
        moto.json("identitystore", "AWSIdentityStore.CreateGroupMembership", body).await;
    }
    let body = json!({ "Name": "Admin", "InstanceArn": instance });
    let set = moto.json("sso", "SWBExternalService.CreatePermissionSet", body).await;
    for account in ["111111111111", "222222222222"] {
        let body = json!({
            "InstanceArn": instance, "TargetId": account, "TargetType": "AWS_ACCOUNT", "PrincipalType": "USER",
            "PrincipalId": user, "PermissionSetArn": set["PermissionSet"]["PermissionSetArn"],
        });
        moto.json("sso", "SWBExternalService.CreateAccountAssignment", body).await;
    }

    let rig = moto.rig("directory='identity-center'");
    assert_eq!(rig.connector.probe(&Rig::call()).await.health, Health::Up);
    let account = rig.account(EMAIL).await;
    assert_eq!((account.id.as_str(), account.matched_on.as_str()), (user, "emails.value"));
    let nobody = rig.locate(&Leaver::from_email("nobody@corp.example")).await.unwrap();
    assert!(matches!(nobody, Located::Nobody { .. }), "{nobody:?}");
    let wrong = rig.locate(&mapped("aws", EMAIL, "nobody")).await.unwrap();
    assert!(matches!(&wrong, Located::Unsure { reason } if reason.contains(user)), "{wrong:?}");
    there_and_back(&rig, "remove-group-memberships", &account).await;
    there_and_back(&rig, "remove-account-assignments", &account).await;
    rig.alive("delete-center-user", &account).await;
    rig.done("delete-center-user", &account).await;
    rig.dead("delete-center-user", &account).await;
    rig.already("delete-center-user", &account).await;
    rig.kept_quiet(&["secret-canary-0123456789"]);
}
