//! The fake service's side of a connection: one request, one answer, closed.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::State;
use super::answer::{Answer, Response};

/// Longer than any test lasts.
const FOR_EVER: Duration = Duration::from_secs(3_600);

// A client that gives the connection up ends in an error here, and that is the end of it.
pub(super) async fn serve(mut stream: TcpStream, state: Arc<State>) -> io::Result<()> {
    let body = request(&mut stream).await?;
    let mut answer = state.answer(body);
    answer = loop {
        answer = match answer {
            Answer::Held(gate, held) => {
                gate.opened().await;
                *held
            }
            Answer::Late(by, late) => {
                tokio::time::sleep(by).await;
                *late
            }
            ready => break ready,
        }
    };
    let Some(Response { status, headers, body }) = answer.http() else {
        if matches!(answer, Answer::Reset) {
            return stream.set_zero_linger();
        }
        tokio::time::sleep(FOR_EVER).await;
        return Ok(());
    };
    let mut head = format!(
        "HTTP/1.1 {status} Scripted\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n",
        body.len()
    );
    for (name, value) in headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).await?;
    match answer {
        Answer::CutOff(_) => stream.write_all(&body.as_bytes()[..body.len() / 2]).await?,
        Answer::Dripping(pause, _) => {
            for drop in body.as_bytes().chunks(16) {
                stream.write_all(drop).await?;
                tokio::time::sleep(pause).await;
            }
        }
        _ => stream.write_all(body.as_bytes()).await?,
    }
    stream.shutdown().await
}

/// Reads one request whole and returns its body.
async fn request(stream: &mut TcpStream) -> io::Result<Value> {
    let mut bytes = Vec::new();
    let end_of_head = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end_of_head]).to_lowercase();
    let length: usize = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .and_then(|value| value.trim().parse().ok())
        .unwrap_or_default();
    while bytes.len() < end_of_head + length {
        if stream.read_buf(&mut bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(serde_json::from_slice(&bytes[end_of_head..end_of_head + length])?)
}
