//! A stand-in of the HR system's read side, whose next answers a test lays out.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use tokio::net::TcpListener;

pub(super) struct FakeHr {
    pub(super) addr: SocketAddr,
    asked: Arc<Mutex<Vec<String>>>,
}

/// Status, `Retry-After`, body.
pub(super) type Said = (u16, Option<&'static str>, String);

pub(super) fn person(more: &Value) -> Said {
    let mut person = json!({"id": "42", "workEmail": "Alfa.Doe@corp.example", "displayName": "Alfa Doe", "status": "Active",
        "terminationDate": "0000-00-00", "supervisorEmail": null, "location": "Berlin"});
    for (name, value) in more.as_object().unwrap() {
        person[name] = value.clone();
    }
    (200, None, person.to_string())
}

impl FakeHr {
    /// Gives these answers in turn, and the last one for ever.
    pub(super) async fn saying(answers: Vec<Said>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let addr = listener.local_addr().unwrap();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let (answers, heard) = (Arc::new(Mutex::new(VecDeque::from(answers))), Arc::clone(&asked));
        let app = Router::new().fallback(move |request: Request| {
            let said = {
                let header =
                    |name: &str| request.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or("-").to_owned();
                heard.lock().unwrap().push(format!(
                    "{} {} {} {}",
                    request.method(),
                    request.uri(),
                    header("authorization"),
                    header("accept")
                ));
                let mut answers = answers.lock().unwrap();
                if answers.len() > 1 { answers.pop_front().unwrap() } else { answers[0].clone() }
            };
            async move { respond(said) }
        });
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { addr, asked }
    }

    pub(super) fn base(&self) -> String {
        format!("base_url = 'http://{}/api/v1'", self.addr)
    }

    pub(super) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn respond((status, retry_after, body): Said) -> Response {
    let mut answer = (StatusCode::from_u16(status).unwrap(), body).into_response();
    if let Some(retry_after) = retry_after {
        answer.headers_mut().insert("retry-after", retry_after.parse().unwrap());
    }
    answer
}
