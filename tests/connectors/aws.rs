//! What no emulator of AWS plays: throttling, states that pass, jobs that fail, answers that are none.

use std::fmt::Write as _;

use nightlatch::config::Section;
use nightlatch::connectors::{Located, registry};
use nightlatch::model::{Account, Leaver, Outcome, Verdict};
use serde_json::json;

use super::bench::{Rig, folder, is_ambiguous, is_retry, locked, refused, secret};
use super::stub::{Stub, answer};

const KEY: &str = "secret-canary-0123456789";

fn rig(base: &str, more: &str) -> Rig {
    let folder = folder();
    let (id, key) = (secret(folder.path(), "id", "AKIAIOSFODNN7EXAMPLE"), secret(folder.path(), "key", KEY));
    let toml = format!(
        "type='aws'\naccess_key_id='{id}'\nsecret_access_key='{key}'\niam_url='{base}'\nsts_url='{base}'\n\
         identity_store_url='{base}'\nsso_url='{base}'\n{more}"
    );
    Rig { folder: Some(folder), ..Rig::new("aws", &toml) }
}

fn account(id: &str) -> Account {
    Account { id: id.into(), label: "arn:aws:iam::123456789012:user/x".into(), matched_on: "user name".into() }
}

fn xml(action: &str, result: &str) -> Vec<u8> {
    answer("200 OK", "", &format!("<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"))
}

fn error(status: &str, code: &str) -> Vec<u8> {
    answer(
        status,
        "",
        &format!("<ErrorResponse><Error><Code>{code}</Code><Message>words</Message></Error></ErrorResponse>"),
    )
}

fn asks(request: &str, action: &str) -> bool {
    request.contains(&format!("Action={action}&"))
        || request.contains(&format!("x-amz-target: AWSIdentityStore.{action}\r"))
        || request.contains(&format!("x-amz-target: SWBExternalService.{action}\r"))
}

/// A user with two access keys, a git credential, groups on two pages, and no inline policy; acts get this answer.
async fn iam(act: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Stub {
    Stub::new(move |request| {
        let key = |id: &str| format!("<member><AccessKeyId>{id}</AccessKeyId><Status>Active</Status></member>");
        if asks(request, "GetCallerIdentity") {
            xml("GetCallerIdentity", "<Arn>arn:aws:iam::123456789012:user/nightlatch</Arn>")
        } else if asks(request, "ListAccessKeys") {
            let keys = format!("{}{}", key("AKIA1"), key("AKIA2"));
            xml("ListAccessKeys", &format!("<AccessKeyMetadata>{keys}</AccessKeyMetadata><IsTruncated>false</IsTruncated>"))
        } else if asks(request, "ListServiceSpecificCredentials") {
            xml(
                "ListServiceSpecificCredentials",
                "<ServiceSpecificCredentials><member><ServiceSpecificCredentialId>ACCA1</ServiceSpecificCredentialId>\
                 <Status>Active</Status></member><member><ServiceSpecificCredentialId>ACCA2</ServiceSpecificCredentialId>\
                 <Status>Inactive</Status></member></ServiceSpecificCredentials>",
            )
        } else if asks(request, "ListGroupsForUser") && request.contains("Marker=") {
            xml("ListGroupsForUser", "<Groups><member><GroupName>b</GroupName></member></Groups>")
        } else if asks(request, "ListGroupsForUser") {
            let first = "<Groups><member><GroupName>a</GroupName></member></Groups><IsTruncated>true</IsTruncated>";
            xml("ListGroupsForUser", &format!("{first}<Marker>m/1=</Marker>"))
        } else if asks(request, "GetLoginProfile") {
            xml("GetLoginProfile", "<LoginProfile><UserName>alfa.doe</UserName></LoginProfile>")
        } else if asks(request, "GetUserPolicy") {
            error("404 Not Found", "NoSuchEntity")
        } else {
            act(request)
        }
    })
    .await
}

const ACTS: [&str; 10] = [
    "deny-all",
    "delete-login-profile",
    "deactivate-access-keys",
    "deactivate-ssh-keys",
    "deactivate-service-credentials",
    "remove-mfa-devices",
    "remove-groups",
    "detach-policies",
    "delete-access-keys",
    "delete-user",
];

#[tokio::test]
async fn no_call_goes_out_without_a_user_name_for_it_would_be_about_the_caller() {
    let stub = iam(|_| answer("200 OK", "", "<x/>")).await;
    let rig = rig(&stub.base, "session_roles=['Admin']");
    for name in ACTS.into_iter().chain(["revoke-role-sessions", "delete-inline-policies"]) {
        for id in ["", " ", "a b", "x&UserName=y"] {
            let why = refused(&rig.execute(name, &account(id)).await);
            assert!(why.contains("cannot be an"), "{name}: {why}");
            assert!(matches!(rig.verify(name, &account(id)).await, Verdict::CannotTell { .. }), "{name}");
        }
    }
    let others: Vec<_> = stub.seen().into_iter().filter(|request| !asks(request, "GetCallerIdentity")).collect();
    assert!(others.is_empty(), "{others:?}");
}

#[tokio::test]
async fn every_call_about_a_user_names_them() {
    let stub = iam(|_| error("404 Not Found", "NoSuchEntity")).await;
    let rig = rig(&stub.base, "");
    for name in ACTS {
        rig.execute(name, &account("alfa.doe")).await;
        rig.verify(name, &account("alfa.doe")).await;
    }
    let unnamed = |request: &String| !asks(request, "GetCallerIdentity") && !request.contains("UserName=alfa.doe");
    assert_eq!(stub.seen().into_iter().find(unnamed), None);
}

#[tokio::test]
async fn throttling_on_400_is_a_limit_and_states_that_pass_are_waited_for() {
    for (status, code, limited) in [
        ("400 Bad Request", "Throttling", true),
        ("400 Bad Request", "ThrottlingException", true),
        ("409 Conflict", "EntityTemporarilyUnmodifiable", false),
        ("409 Conflict", "ConcurrentModification", false),
    ] {
        let stub = iam(move |_| error(status, code)).await;
        let rig = rig(&stub.base, "");
        for name in [
            "deny-all",
            "delete-login-profile",
            "deactivate-access-keys",
            "deactivate-service-credentials",
            "remove-groups",
        ] {
            is_retry(&rig.execute(name, &account("alfa.doe")).await, limited);
        }
    }
}

#[tokio::test]
async fn a_refusal_has_its_cure_and_a_lost_answer_is_ambiguous() {
    let denied = iam(|_| error("403 Forbidden", "AccessDenied")).await;
    let rig_denied = rig(&denied.base, "");
    let full = iam(|_| error("409 Conflict", "LimitExceeded")).await;
    let lost = iam(|_| Vec::new()).await;
    let page = iam(|_| answer("200 OK", "", "<!DOCTYPE html><html>sign in</html>")).await;
    let other = iam(|_| answer("200 OK", "", "<OtherResponse/>")).await;
    for (name, operation) in [
        ("deny-all", "iam:PutUserPolicy"),
        ("delete-login-profile", "iam:DeleteLoginProfile"),
        ("deactivate-access-keys", "iam:UpdateAccessKey"),
        ("deactivate-service-credentials", "iam:UpdateServiceSpecificCredential"),
        ("remove-groups", "iam:RemoveUserFromGroup"),
        ("delete-access-keys", "iam:DeleteAccessKey"),
    ] {
        let why = refused(&rig_denied.execute(name, &account("alfa.doe")).await);
        assert!(why.contains(operation) && why.contains("AccessDenied: words"), "{why}");
        for stub in [&lost, &page, &other] {
            is_ambiguous(&rig(&stub.base, "").execute(name, &account("alfa.doe")).await);
        }
    }
    let why = refused(&rig(&full.base, "").execute("deny-all", &account("alfa.doe")).await);
    assert!(why.contains("quota"), "{why}");
}

#[tokio::test]
async fn service_credentials_are_deactivated_and_only_those_that_were_active_come_back() {
    let stub = iam(|_| answer("200 OK", "", "<UpdateServiceSpecificCredentialResponse/>")).await;
    let rig = rig(&stub.base, "");
    let name = "deactivate-service-credentials";
    let before = rig.done(name, &account("alfa.doe")).await;
    assert_eq!(before, json!({ "deactivated": ["ACCA1"] }));
    assert!(rig.alive(name, &account("alfa.doe")).await.ends_with(": 1"));
    assert_eq!(rig.undo(name, &account("alfa.doe"), &before).await, Outcome::Acknowledged);
    let updates: Vec<_> =
        stub.seen().into_iter().filter(|request| asks(request, "UpdateServiceSpecificCredential")).collect();
    assert!(updates[0].contains("ServiceSpecificCredentialId=ACCA1&Status=Inactive"), "{}", updates[0]);
    assert!(updates[1].contains("ServiceSpecificCredentialId=ACCA1&Status=Active") && updates.len() == 2);
}

#[tokio::test]
async fn a_list_goes_on_while_it_is_truncated_and_not_for_ever() {
    let stub = iam(|_| answer("200 OK", "", "<RemoveUserFromGroupResponse/>")).await;
    let before = rig(&stub.base, "").done("remove-groups", &account("alfa.doe")).await;
    assert_eq!(before, json!({ "removed": ["a", "b"] }));
    assert!(stub.seen().iter().any(|request| request.contains("Marker=m%2F1%3D")));
    let endless = Stub::new(|request| {
        if asks(request, "GetCallerIdentity") {
            return error("403 Forbidden", "AccessDenied");
        }
        xml("ListGroupsForUser", "<Groups/><IsTruncated>true</IsTruncated><Marker>m</Marker>")
    })
    .await;
    match rig(&endless.base, "").verify("remove-groups", &account("alfa.doe")).await {
        Verdict::CannotTell { reason, .. } => assert!(reason.contains("more than 50 pages"), "{reason}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn keys_that_are_refused_are_had_anew_once_and_nothing_of_them_comes_out() {
    // A signature that does not match is answered with all that was signed, the token among it.
    let stub = Stub::new(|request| {
        let echoed = request.replace(['<', '&'], " ");
        let body = format!("<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code><Message>{echoed}</Message></Error></ErrorResponse>");
        answer("403 Forbidden", "", &body)
    })
    .await;
    let rig = rig(&stub.base, "");
    let why = locked(&rig.locate(&Leaver::from_email("alfa.doe@corp.example")).await.unwrap_err());
    assert!(why.contains("SignatureDoesNotMatch"), "{why}");
    assert_eq!(stub.seen().iter().filter(|request| asks(request, "GetUser")).count(), 2);
    let sent = stub.seen().join("\n");
    let signature = sent.split_once("Signature=").unwrap().1.lines().next().unwrap().to_owned();
    rig.kept_quiet(&[KEY, &signature, "AKIAIOSFODNN7EXAMPLE"]);
    assert!(sent.contains("/us-east-1/iam/aws4_request"));
    let exchange = rig.exchanges.lock().unwrap()[0].request.clone();
    assert_eq!(exchange, "POST / iam:GetUser");
}

/// One instance, one user; assignments as told.
async fn center(status: &'static str, delete: &'static str) -> Stub {
    Stub::new(move |request| {
        let ok = |body: serde_json::Value| answer("200 OK", "", &body.to_string());
        let job = |status: &str| json!({ "AccountAssignmentDeletionStatus": {
            "Status": status, "RequestId": "r1", "FailureReason": "the account is suspended",
        }});
        if asks(request, "ListInstances") {
            ok(json!({ "Instances": [{ "InstanceArn": "arn:aws:sso:::instance/ssoins-1", "IdentityStoreId": "d-1" }] }))
        } else if asks(request, "DescribeUser") {
            ok(json!({ "UserId": "u1", "UserName": "alfa", "ExternalIds": [{ "Issuer": "https://idp.corp.example", "Id": "1" }] }))
        } else if asks(request, "ListAccountAssignmentsForPrincipal") {
            let one = |kind: &str, id: &str| json!({
                "AccountId": "111111111111", "PermissionSetArn": "ps1", "PrincipalType": kind, "PrincipalId": id,
            });
            ok(json!({ "AccountAssignments": [one("USER", "u1"), one("GROUP", "g1")] }))
        } else if asks(request, "ListGroupMembershipsForMember") {
            ok(json!({ "GroupMemberships": [{ "MembershipId": "m1", "GroupId": "g1" }] }))
        } else if asks(request, "DescribeAccountAssignmentDeletionStatus") {
            ok(job(status))
        } else if asks(request, "DeleteAccountAssignment") && delete.is_empty() {
            ok(job("IN_PROGRESS"))
        } else {
            answer("400 Bad Request", "", delete)
        }
    })
    .await
}

const CENTER: &str = "directory='identity-center'";

#[tokio::test]
async fn an_assignment_is_removed_by_a_job_whose_end_is_asked_for() {
    let user = account("u1");
    let done = center("SUCCEEDED", "").await;
    let center_rig = rig(&done.base, CENTER);
    let before = center_rig.done("remove-account-assignments", &user).await;
    assert_eq!(before, json!({ "assignments": [{ "account": "111111111111", "permission_set": "ps1" }] }));
    assert!(center_rig.alive("remove-account-assignments", &user).await.contains("1 of the user's own, 1 by groups"));
    let removed: Vec<_> = done.seen().into_iter().filter(|request| asks(request, "DeleteAccountAssignment")).collect();
    assert!(removed.len() == 1 && removed[0].contains("\"PrincipalType\":\"USER\""), "the group's stays: {removed:?}");
    let failed = center("FAILED", "").await;
    let why = refused(&rig(&failed.base, CENTER).execute("remove-account-assignments", &user).await);
    assert!(why.contains("the account is suspended"), "{why}");
    // A job that takes its time is left to the read-back.
    let slow = center("IN_PROGRESS", "").await;
    rig(&slow.base, CENTER).done("remove-account-assignments", &user).await;
}

#[tokio::test]
async fn identity_center_names_its_wait_in_the_body_and_conflicts_pass() {
    for name in ["remove-account-assignments", "remove-group-memberships"] {
        let limit = center("", r#"{"__type":"ThrottlingException","Message":"m","RetryAfterSeconds":7}"#).await;
        assert_eq!(is_retry(&rig(&limit.base, CENTER).execute(name, &account("u1")).await, true), 7_000);
        let conflict = center("", r#"{"__type":"ConflictException","Message":"m"}"#).await;
        is_retry(&rig(&conflict.base, CENTER).execute(name, &account("u1")).await, false);
        let denied = center("", r#"{"__type":"AccessDeniedException","Message":"m"}"#).await;
        assert!(refused(&rig(&denied.base, CENTER).execute(name, &account("u1")).await).contains("allow "));
        let gone = center("", r#"{"__type":"ResourceNotFoundException","Message":"m"}"#).await;
        rig(&gone.base, CENTER).done(name, &account("u1")).await;
    }
}

#[tokio::test]
async fn a_user_whom_an_identity_provider_would_make_anew_is_not_deleted() {
    let stub = center("", "{}").await;
    let outcome = rig(&stub.base, CENTER).execute("delete-center-user", &account("u1")).await;
    assert!(matches!(&outcome, Outcome::NeedsHuman { reason } if reason.contains("idp.corp.example")), "{outcome:?}");
    assert!(!stub.seen().iter().any(|request| asks(request, "DeleteUser")));
}

#[tokio::test]
async fn a_candidate_with_another_address_is_nobody_s_to_cut() {
    let stub = Stub::new(|request| {
        let ok = |body: serde_json::Value| answer("200 OK", "", &body.to_string());
        if asks(request, "ListInstances") {
            ok(json!({ "Instances": [{ "InstanceArn": "arn:1", "IdentityStoreId": "d-1" }] }))
        } else if asks(request, "GetUserId") && request.contains("\"alfa.doe\"") {
            ok(json!({ "UserId": "u1" }))
        } else if asks(request, "DescribeUser") {
            ok(json!({ "UserId": "u1", "UserName": "alfa.doe", "Emails": [{ "Value": "a.doe@corp.example" }] }))
        } else {
            answer("400 Bad Request", "", r#"{"__type":"ResourceNotFoundException"}"#)
        }
    })
    .await;
    let found = rig(&stub.base, CENTER).locate(&Leaver::from_email("alfa.doe@corp.example")).await.unwrap();
    assert!(matches!(&found, Located::Unsure { reason } if reason.contains("another address")), "{found:?}");
}

#[test]
fn a_section_that_cannot_be_right_is_refused() {
    let keys = "type='aws'\naccess_key_id='env:A'\nsecret_access_key='env:B'\n";
    let refusal = |more: &str| {
        let section = Section::from_toml("aws", &format!("{keys}{more}")).unwrap();
        registry::build(&section).err().map(|error| error.to_string()).unwrap_or_default()
    };
    assert_eq!(refusal(""), "");
    assert!(refusal("role_arn='Offboarding'").contains("role's ARN"));
    assert!(refusal("user_names=['{{ leaver.mail }}']").contains("leaver.mail"));
    assert!(refusal("directory='ldap'").contains("identity-center"));
}

/// Every action with the calls by which it changes something; of the many of `delete-user` the first, one of the middle and
/// the last.
const CALLS: [(&str, &str); 16] = [
    ("deny-all", "iam:PutUserPolicy"),
    ("delete-login-profile", "iam:DeleteLoginProfile"),
    ("revoke-role-sessions", "iam:PutRolePolicy"),
    ("deactivate-access-keys", "iam:UpdateAccessKey"),
    ("deactivate-ssh-keys", "iam:UpdateSSHPublicKey"),
    ("deactivate-signing-certificates", "iam:UpdateSigningCertificate"),
    ("deactivate-service-credentials", "iam:UpdateServiceSpecificCredential"),
    ("remove-mfa-devices", "iam:DeactivateMFADevice"),
    ("remove-mfa-devices", "iam:DeleteVirtualMFADevice"),
    ("remove-groups", "iam:RemoveUserFromGroup"),
    ("detach-policies", "iam:DetachUserPolicy"),
    ("delete-inline-policies", "iam:DeleteUserPolicy"),
    ("delete-access-keys", "iam:DeleteAccessKey"),
    ("delete-user", "iam:DeleteLoginProfile"),
    ("delete-user", "iam:DetachUserPolicy"),
    ("delete-user", "iam:DeleteUser"),
];

const CENTER_CALLS: [(&str, &str); 3] = [
    ("remove-group-memberships", "identitystore:DeleteGroupMembership"),
    ("remove-account-assignments", "sso:DeleteAccountAssignment"),
    ("delete-center-user", "identitystore:DeleteUser"),
];

/// The operation of a call, as in policies.
fn operation(request: &str) -> String {
    if let Some((_, rest)) = request.split_once("Action=") {
        return format!("iam:{}", rest.split('&').next().unwrap_or_default());
    }
    let target = request.lines().find_map(|line| line.strip_prefix("x-amz-target: ")).unwrap_or_default();
    target.replace("AWSIdentityStore.", "identitystore:").replace("SWBExternalService.", "sso:")
}

/// A user with one of everything that this action takes, and nothing that it would wait for. One call is answered badly.
async fn with_one_bad_call(action: &'static str, call: &'static str, bad: Vec<u8>) -> Stub {
    Stub::new(move |request| {
        let asked = operation(request);
        let name = asked.rsplit(':').next().unwrap_or_default();
        match asked.as_str() {
            asked if asked == call => bad.clone(),
            "iam:GetLoginProfile" if action != "delete-login-profile" => error("404 Not Found", "NoSuchEntity"),
            // Whoever deletes the user deletes a password that may not be there.
            "iam:DeleteLoginProfile" => error("404 Not Found", "NoSuchEntity"),
            asked if asked.starts_with("iam:") => answer("200 OK", "", &one_of_each(name, action)),
            _ => answer("200 OK", "", ONE_OF_EACH_IN_CENTER),
        }
    })
    .await
}

fn one_of_each(name: &str, action: &str) -> String {
    let key = if action == "deactivate-access-keys" { "Active" } else { "Inactive" };
    let list = |name: &str, member: &str| format!("<{name}><member>{member}<Status>Active</Status></member></{name}>");
    let all = [
        "<User><UserName>alfa.doe</UserName></User><Role><Path>/</Path></Role>".to_owned(),
        format!(
            "<AccessKeyMetadata><member><AccessKeyId>k</AccessKeyId><Status>{key}</Status></member></AccessKeyMetadata>"
        ),
        list("SSHPublicKeys", "<SSHPublicKeyId>s</SSHPublicKeyId>"),
        list("Certificates", "<CertificateId>c</CertificateId>"),
        list("ServiceSpecificCredentials", "<ServiceSpecificCredentialId>g</ServiceSpecificCredentialId>"),
        list("MFADevices", "<SerialNumber>arn:aws:iam::123456789012:mfa/alfa.doe</SerialNumber>"),
        list("Groups", "<GroupName>g</GroupName>"),
        list("AttachedPolicies", "<PolicyArn>p</PolicyArn>"),
        "<PolicyNames><member>own</member></PolicyNames><PolicyDocument>%7B%7D</PolicyDocument>".to_owned(),
    ];
    format!("<{name}Response>{}</{name}Response>", all.concat())
}

const ONE_OF_EACH_IN_CENTER: &str = r#"{
    "Instances": [{ "InstanceArn": "arn:aws:sso:::instance/ssoins-1", "IdentityStoreId": "d-1" }],
    "UserId": "u1", "UserName": "alfa",
    "GroupMemberships": [{ "MembershipId": "m1", "GroupId": "g1" }],
    "AccountAssignments": [
        { "AccountId": "111111111111", "PermissionSetArn": "ps1", "PrincipalType": "USER", "PrincipalId": "u1" }
    ]
}"#;

/// An error in the words of either protocol.
fn said(call: &str, status: &str, code: &str) -> Vec<u8> {
    if call.starts_with("iam:") {
        return error(status, code);
    }
    answer(status, "", &json!({ "__type": format!("{code}Exception"), "Message": "words" }).to_string())
}

#[tokio::test]
async fn every_call_of_every_action_is_throttled_refused_and_lost_as_aws_says() {
    let mut table = "| action | call | throttled | refused | ambiguous |\n|---|---|---|---|---|\n".to_owned();
    let iam = CALLS.map(|row| (row, "session_roles=['Admin']"));
    for ((action, call), more) in iam.into_iter().chain(CENTER_CALLS.map(|row| (row, CENTER))) {
        let user = account(if more == CENTER { "u1" } else { "alfa.doe" });
        let ends = |bad: Vec<u8>| {
            let user = &user;
            async move {
                let stub = with_one_bad_call(action, call, bad).await;
                let outcome = rig(&stub.base, more).execute(action, user).await;
                let sent = stub.seen().iter().filter(|request| operation(request) == call).count();
                (outcome, sent)
            }
        };
        let (throttled, _) = ends(said(call, "400 Bad Request", "Throttling")).await;
        is_retry(&throttled, true);
        let (denied, _) = ends(said(call, "403 Forbidden", "AccessDenied")).await;
        let why = refused(&denied);
        assert!(why.contains("AccessDenied: words") && why.contains(call), "{action}: {why}");
        let (shut_out, _) = ends(said(call, "403 Forbidden", "UnrecognizedClient")).await;
        assert!(locked(&shut_out).contains("UnrecognizedClient"), "{action}: {shut_out:?}");
        for bad in [Vec::new(), answer("200 OK", "", "<!DOCTYPE html><html>sign in</html>"), answer("500 Oops", "", "")]
        {
            let (lost, sent) = ends(bad).await;
            is_ambiguous(&lost);
            assert_eq!(sent, 1, "{action}: {call} is not sent again");
        }
        writeln!(table, "| `aws.{action}` | `{call}` | ✓ | ✓ | ✓ |").unwrap();
    }
    super::readme::stands_between("aws", &table);
}

#[test]
fn every_action_is_in_the_tables_of_calls() {
    for (more, calls) in [("session_roles=['Admin']", &CALLS[..]), (CENTER, &CENTER_CALLS)] {
        for action in rig("http://127.0.0.1:1", more).connector.actions() {
            let name = action.spec().id.name.as_ref();
            assert!(calls.iter().any(|(action, _)| *action == name), "{name}: which calls does it make?");
        }
    }
}
