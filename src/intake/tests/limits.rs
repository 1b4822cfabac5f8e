//! Senders that are slow, large, silent or many.

use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::sender::{KEY, Running, config, feeds, left};
use crate::intake::IntakeConfig;

async fn impatient(change: impl FnOnce(&mut IntakeConfig)) -> Running {
    let mut config = config();
    config.header_timeout_ms = 300;
    config.connection_timeout_ms = 1_500;
    change(&mut config);
    let feeds = feeds(&config, &[KEY], "company = 'corp'", None);
    Running::start(&config, feeds).await
}

/// Reads until the server closes, and says how long that took.
async fn closed_after(mut stream: TcpStream) -> (Duration, String) {
    let begun = Instant::now();
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut answer));
    let _reset = read.await.expect("the server closes the connection");
    (begun.elapsed(), String::from_utf8_lossy(&answer).into_owned())
}

#[tokio::test]
async fn a_body_that_says_it_is_too_large_is_refused_unread() {
    let intake = Running::deaf_to_hr().await;
    let mut stream = TcpStream::connect(intake.addr).await.unwrap();
    let head = format!("POST /hris/hr HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", 10 << 20);
    stream.write_all(head.as_bytes()).await.unwrap();
    // Not one byte of the body was sent.
    let (took, answer) = closed_after(stream).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(took < Duration::from_secs(2), "{took:?}");
    assert_eq!(intake.counts.tally().too_large, 1);
}

#[tokio::test]
async fn a_sender_that_pushes_ten_megabytes_reads_the_refusal() {
    let intake = Running::deaf_to_hr().await;
    let answer = intake.http.post(format!("http://{}/hris/hr", intake.addr)).body(vec![b'x'; 400 * 1024]).send().await;
    assert_eq!(answer.unwrap().status(), 413);
    for _ in 0..5 {
        // Everything is pushed before anything is read: closing at once would lose the refusal.
        let head = format!("POST /hris/hr HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n", 600 * 1024);
        let answer = intake.raw(format!("{head}{}", "x".repeat(600 * 1024)).as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{answer:?}");
    }
    let begun = Instant::now();
    let answer = intake.http.post(format!("http://{}/hris/hr", intake.addr)).body(vec![b'x'; 10 << 20]).send().await;
    // The refusal, or a closed connection: but not ten megabytes taken in.
    assert!(answer.is_err() || answer.is_ok_and(|answer| answer.status() == 413));
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn a_body_without_an_end_is_cut() {
    let intake = impatient(|_| {}).await;
    let mut stream = TcpStream::connect(intake.addr).await.unwrap();
    stream.write_all(b"POST /hris/hr HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n").await.unwrap();
    let chunk = format!("8000\r\n{}\r\n", " ".repeat(0x8000));
    let mut sent = 0_usize;
    while stream.write_all(chunk.as_bytes()).await.is_ok() {
        sent += 0x8000;
        assert!(sent < 64 << 20, "still taken in after 64 MiB");
    }
    assert_eq!(intake.counts.tally().too_large, 1);
}

#[tokio::test]
async fn silent_and_slow_senders_are_closed_in_time() {
    let intake = impatient(|_| {}).await;
    let silent = TcpStream::connect(intake.addr).await.unwrap();
    let mut slow_head = TcpStream::connect(intake.addr).await.unwrap();
    slow_head.write_all(b"POST /hris/hr HTTP/1.1\r\nhost: x\r\nx-a: ").await.unwrap();
    let mut slow_body = TcpStream::connect(intake.addr).await.unwrap();
    slow_body.write_all(b"POST /hris/hr HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{").await.unwrap();
    let mut idle = TcpStream::connect(intake.addr).await.unwrap();
    idle.write_all(b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await.unwrap();
    let (silent, slow_head, slow_body, idle) =
        tokio::join!(closed_after(silent), closed_after(slow_head), closed_after(slow_body), closed_after(idle));
    for (what, (took, _)) in [("silent", &silent), ("head", &slow_head), ("body", &slow_body), ("idle", &idle)] {
        assert!(*took < Duration::from_millis(1_400), "{what}: {took:?}: closed by the last resort only");
    }
    assert!(slow_body.1.starts_with("HTTP/1.1 408"), "{}", slow_body.1);
    assert!(idle.1.starts_with("HTTP/1.1 200"), "{}", idle.1);
}

#[tokio::test]
async fn a_sender_that_drips_is_closed_by_the_connections_own_limit() {
    let intake = impatient(|config| {
        config.header_timeout_ms = 60_000;
        config.connection_timeout_ms = 400;
    })
    .await;
    let stream = TcpStream::connect(intake.addr).await.unwrap();
    let (took, _) = closed_after(stream).await;
    assert!(took < Duration::from_secs(2), "{took:?}");
}

#[tokio::test]
async fn connections_beyond_the_limit_are_turned_away_and_come_in_later() {
    let intake = impatient(|config| config.max_connections = 2).await;
    let _one = TcpStream::connect(intake.addr).await.unwrap();
    let _other = TcpStream::connect(intake.addr).await.unwrap();
    tokio::time::sleep(Duration::from_millis(50)).await;
    let third = TcpStream::connect(intake.addr).await.unwrap();
    let (_, answer) = closed_after(third).await;
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert_eq!(intake.counts.tally().connections_refused, 1);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(intake.send(&left(1)).await.results(), ["opened"], "the silent two were closed and made room");
}

#[tokio::test]
async fn headers_without_an_end_are_refused() {
    let intake = impatient(|_| {}).await;
    let answer = intake.raw(format!("GET /healthz HTTP/1.1\r\nx: {}", "a".repeat(200_000)).as_bytes()).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431"), "{answer}");
    assert_eq!(intake.send(&left(1)).await.results(), ["opened"], "and others are served");
}
