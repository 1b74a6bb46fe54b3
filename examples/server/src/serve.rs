//! Serving: the routes, workers in the same process, and an orderly end.
//! On SIGINT or SIGTERM it accepts no more, finishes what was asked, and gives back the runs it has not finished.

use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, Result};
use igny8_core::Igny8;
use igny8_core::runs::{WorkerConfig, WorkerHandle};
use igny8_http::webhooks::{DeliveryConfig, spawn_delivery};
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};

use crate::cli::{Seed, ServeArgs, StoreArgs};
use crate::secret::JwtSecret;
use crate::web::{self, WebOptions};
use crate::{operator, seed};

/// Serves until it is told to stop.
///
/// # Errors
/// When the address is taken, the database fails at the start, or serving fails.
pub async fn serve(igny8: Igny8, store: &StoreArgs, options: &ServeArgs) -> Result<()> {
    // Heard from here on, so that a stop while things are made ready is not lost.
    let stop = stop_wanted()?;
    if let Some(folder) = &options.plugins_dir {
        tracing::warn!(folder = %folder.display(), "this build has no plugins yet: nothing in the folder is loaded");
    }
    let jwt_secret = JwtSecret::find(store, options)?;
    let web = WebOptions {
        jwt_secret: jwt_secret.clone(),
        may_register: !options.no_register,
        origins: options.origins.clone(),
        requests_per_second: options.requests_per_second,
    };
    let routes = web::router(igny8.clone(), &web)?;
    let listener = TcpListener::bind(options.bind).await;
    let listener = listener.with_context(|| format!("listen on {}", options.bind))?;
    let url = url_of(listener.local_addr().context("read the address")?);

    let operator = operator::ensure(&igny8).await?;
    let mut stderr = std::io::stderr();
    writeln!(stderr, "IGNY8 listens on {url}, its documentation is at {url}{}", web::DOCS)
        .context("say where")?;
    operator::announce(&operator);
    if options.seed == Some(Seed::Demo) {
        let seeded = seed::demo(&igny8, &operator, &jwt_secret, &url).await.context("fill the database")?;
        let mut stdout = std::io::stdout();
        serde_json::to_writer(&mut stdout, &seeded).context("write the logins")?;
        writeln!(stdout).and_then(|()| stdout.flush()).context("write the logins")?;
    }
    let webhooks = DeliveryConfig { allowed: options.webhook_hosts.clone(), ..DeliveryConfig::default() };
    let webhooks = spawn_delivery(igny8.clone(), webhooks)?;
    let worker = (options.workers > 0).then(|| igny8.spawn_worker(worker_config(options)));
    // Requests and runs have the same grace, side by side.
    let ended = Notify::new();
    let serving = async {
        let served = until_stopped(listener, routes, stop.clone(), Duration::from_secs(options.grace)).await;
        ended.notify_one();
        served
    };
    let mut stopped = stop.clone();
    let working = async {
        tokio::select! {
            _ = stopped.wait_for(|stop| *stop) => {}
            () = ended.notified() => {}
        }
        if let Some(worker) = worker {
            WorkerHandle::shutdown(worker).await;
        }
    };
    let (served, ()) = tokio::join!(serving, working);
    webhooks.shutdown().await;
    tracing::info!("stopped");
    served
}

/// Serves until a stop, and then as long as requests are under way, within the grace.
async fn until_stopped(
    listener: TcpListener,
    routes: axum::Router,
    stop: watch::Receiver<bool>,
    grace: Duration,
) -> Result<()> {
    let mut stopped = stop.clone();
    let server = axum::serve(listener, routes).with_graceful_shutdown(async move {
        drop(stopped.wait_for(|stop| *stop).await);
        tracing::info!("asked to stop");
    });
    let mut stopped = stop;
    let out_of_patience = async move {
        drop(stopped.wait_for(|stop| *stop).await);
        tokio::time::sleep(grace).await;
    };
    tokio::select! {
        served = server => served.context("serve"),
        () = out_of_patience => {
            tracing::warn!("requests were still under way after the grace and are cut off");
            Ok(())
        }
    }
}

fn worker_config(options: &ServeArgs) -> WorkerConfig {
    WorkerConfig {
        concurrency: usize::from(options.workers),
        grace: Duration::from_secs(options.grace),
        ..WorkerConfig::default()
    }
}

/// Turns true once the process is told to stop.
fn stop_wanted() -> Result<watch::Receiver<bool>> {
    let (tell, told) = watch::channel(false);
    #[cfg(unix)]
    let mut terminated = {
        use tokio::signal::unix::{SignalKind, signal};
        signal(SignalKind::terminate()).context("listen for SIGTERM")?
    };
    tokio::spawn(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = terminated.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        #[cfg(not(unix))]
        drop(tokio::signal::ctrl_c().await);
        tell.send_replace(true);
        // The sender lives on: whoever waits must see the value, not a closed channel.
        tell.closed().await;
    });
    Ok(told)
}

/// How the address is reached from this machine.
fn url_of(address: SocketAddr) -> String {
    if address.ip().is_unspecified() {
        format!("http://127.0.0.1:{}", address.port())
    } else {
        format!("http://{address}")
    }
}
