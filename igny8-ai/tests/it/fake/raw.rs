//! A raw TCP server whose connections hang, break or drip.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What becomes of a connection once its request was read.
#[derive(Clone, Copy)]
pub(crate) enum Misbehaviour {
    /// Nothing is ever answered.
    Hang,
    /// The connection is reset without an answer.
    Reset,
    /// The connection is reset within the body.
    ResetInBody,
    /// The body ends before its announced length.
    Truncate,
    /// A byte every 50 ms, without end.
    Drip,
}

/// The server and how many connections it took.
pub(crate) struct RawServer {
    address: String,
    taken: Arc<AtomicU32>,
}

impl RawServer {
    pub(crate) async fn start(misbehaviour: Misbehaviour) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let taken = Arc::new(AtomicU32::new(0));
        let counter = Arc::clone(&taken);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(misbehave(stream, misbehaviour));
            }
        });
        Self { address, taken }
    }

    pub(crate) fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    pub(crate) fn taken(&self) -> u32 {
        self.taken.load(Ordering::SeqCst)
    }
}

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n\r\n";

// A connection the client gives up ends in an error here, and that is the end of it.
async fn misbehave(mut stream: TcpStream, misbehaviour: Misbehaviour) -> std::io::Result<()> {
    let mut request = vec![0; 64 * 1024];
    // Whatever has come of the request is enough.
    let _some = stream.read(&mut request).await?;
    match misbehaviour {
        Misbehaviour::Hang => tokio::time::sleep(Duration::from_secs(60)).await,
        Misbehaviour::Reset => stream.set_zero_linger()?,
        Misbehaviour::ResetInBody => {
            stream.write_all(HEAD).await?;
            stream.write_all(b"{\"choices\":[").await?;
            stream.flush().await?;
            tokio::time::sleep(Duration::from_millis(50)).await;
            stream.set_zero_linger()?;
        }
        Misbehaviour::Truncate => {
            stream.write_all(HEAD).await?;
            stream.write_all(b"{\"choices\":[").await?;
            stream.shutdown().await?;
        }
        Misbehaviour::Drip => {
            stream.write_all(HEAD).await?;
            loop {
                stream.write_all(b" ").await?;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    Ok(())
}
