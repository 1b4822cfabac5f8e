//! `type = "scim"` against scim2-server, which serves all of RFC 7644: filters, `ETag`, its error bodies.

use std::process::Command;

use serde_json::{Value, json};

use crate::host::{Host, program};

const TOKEN: &str = "scim-canary-0123456789";

/// The server and its address, where it is installed.
fn server() -> Option<(Host, String)> {
    let program = program("scim2-server", "scim2-server (PyPI)")?;
    let host = Host::start(|address, folder| {
        let mut command = Command::new(program);
        command.current_dir(folder).args(["--bearer-token", TOKEN, "--port", &address.port().to_string()]);
        command
    });
    let base = format!("http://{}/v2", host.address);
    Some((host, base))
}

/// Creates a user; gives it as the server shows it.
async fn user(base: &str, email: &str) -> Value {
    let schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"];
    let made = json!({ "schemas": schemas, "userName": email, "active": true, "emails": [{ "value": email }] });
    let request = reqwest::Client::new().post(format!("{base}/Users")).bearer_auth(TOKEN).json(&made);
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 201);
    answer.json().await.unwrap()
}

#[tokio::test]
async fn the_server_runs_and_takes_a_user() {
    let Some((_host, base)) = server() else { return };
    assert_eq!(user(&base, "alfa.doe@corp.example").await["active"], true);
}
