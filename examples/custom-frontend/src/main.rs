//! Serves the page and the API that it uses.
#![allow(clippy::print_stdout, reason = "it tells where to look")]

use anyhow::Result;

#[tokio::main]
async fn main() -> Result<()> {
    let (host, worker) = custom_frontend::host().await?;
    let address = std::env::var("BIND").unwrap_or_else(|_| "127.0.0.1:8081".to_owned());
    let listener = tokio::net::TcpListener::bind(address).await?;
    println!("The page is at http://{}/", listener.local_addr()?);
    println!("Log in as {} with the password `{}`", custom_frontend::EMAIL, custom_frontend::PASSWORD);
    let stopped = async { drop(tokio::signal::ctrl_c().await) };
    axum::serve(listener, host).with_graceful_shutdown(stopped).await?;
    worker.shutdown().await;
    Ok(())
}
