//! The page in a headless Chromium, used as a person would use it: log in, import, cluster, write, read.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests say what they expect")]
#![allow(clippy::print_stderr, reason = "what is not run is said")]

use std::net::{Ipv4Addr, TcpListener as StdListener};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Map, json};
use tempfile::TempDir;
use tokio::process::{Child, Command};

/// How long something on the page may take: no outcome depends on how fast it comes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A browser and what must outlive it.
struct Browser {
    page: Client,
    _driver: Child,
    _profile: TempDir,
}

/// The driver's path; `none` says that there is to be no browser.
fn driver() -> Option<String> {
    let driver =
        std::env::var("IGNY8_TEST_CHROMEDRIVER").unwrap_or_else(|_| "/usr/bin/chromedriver".to_owned());
    if driver == "none" {
        eprintln!("NOT RUN in a browser: IGNY8_TEST_CHROMEDRIVER=none");
        return None;
    }
    assert!(
        Path::new(&driver).exists(),
        "there is no {driver}: install Debian's chromium and chromium-driver, name another driver in \
         IGNY8_TEST_CHROMEDRIVER, or set it to `none` to go without"
    );
    Some(driver)
}

async fn browser(driver: &str) -> Browser {
    let port = StdListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let process = Command::new(driver)
        .arg(format!("--port={port}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let profile = tempfile::tempdir().unwrap();
    let arguments = json!([
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-sync",
        "--disable-background-networking",
        "--disable-component-update",
        "--window-size=1000,1200",
        format!("--user-data-dir={}", profile.path().display()),
    ]);
    let capabilities = Map::from_iter([("goog:chromeOptions".to_owned(), json!({"args": arguments}))]);
    let begun = tokio::time::Instant::now();
    loop {
        let mut builder = ClientBuilder::new(HttpConnector::new());
        match builder.capabilities(capabilities.clone()).connect(&format!("http://127.0.0.1:{port}")).await {
            Ok(page) => return Browser { page, _driver: process, _profile: profile },
            Err(error) if begun.elapsed() > PATIENCE => panic!("no browser: {error}"),
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

impl Browser {
    async fn click(&self, css: &str) {
        self.page.find(Locator::Css(css)).await.unwrap().click().await.unwrap();
    }

    async fn fill(&self, css: &str, text: &str) {
        self.page.find(Locator::Css(css)).await.unwrap().send_keys(text).await.unwrap();
    }

    /// Waits until the page's expression is true, or the page tells of a problem.
    async fn until(&self, expression: &str) {
        let begun = tokio::time::Instant::now();
        let script =
            format!("return [Boolean({expression}), document.getElementById('problem').textContent]");
        loop {
            let answer = self.page.execute(&script, Vec::new()).await.unwrap();
            assert_eq!(answer[1], "", "the page tells of a problem");
            if answer[0] == true {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{expression} did not come true");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    async fn text(&self, css: &str) -> String {
        self.page.find(Locator::Css(css)).await.unwrap().text().await.unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_comes_with_keywords_and_leaves_with_an_article() {
    let Some(driver) = driver() else { return };
    let (host, worker) = custom_frontend::host().await.unwrap();
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    let server = tokio::spawn(async move { axum::serve(listener, host).await });
    let browser = browser(&driver).await;
    browser.page.goto(&address).await.unwrap();

    browser.fill("#email", custom_frontend::EMAIL).await;
    browser.fill("#password", "not it").await;
    browser.click("#login button").await;
    let begun = tokio::time::Instant::now();
    while !browser.text("#problem").await.contains("password is wrong") {
        assert!(begun.elapsed() < PATIENCE, "nobody says that the password is wrong");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    browser.page.find(Locator::Css("#password")).await.unwrap().clear().await.unwrap();
    browser.fill("#password", custom_frontend::PASSWORD).await;
    browser.click("#login button").await;
    browser.until("!document.getElementById('desk').hidden").await;

    let file = tempfile::Builder::new().suffix(".csv").tempfile().unwrap();
    std::fs::write(file.path(), KEYWORDS).unwrap();
    browser.fill("#file", &file.path().display().to_string()).await;
    browser.click("#import button").await;
    browser.until("document.getElementById('imported').textContent").await;
    assert_eq!(browser.text("#imported").await, "12 new, 0 known, 0 repeated, 0 refused.");

    // What the bar shows is collected, so that the test sees it live and not only at its end.
    let watch = "window.seen = []; new MutationObserver(() => window.seen.push(document.getElementById('run-bar').value))\
                 .observe(document.getElementById('run-message'), { childList: true })";
    browser.page.execute(watch, Vec::new()).await.unwrap();
    browser.click("#cluster").await;
    browser.until("document.querySelectorAll('#clusters li').length > 1").await;
    let seen = browser.page.execute("return window.seen", Vec::new()).await.unwrap();
    let seen: Vec<f64> = seen.as_array().unwrap().iter().filter_map(serde_json::Value::as_f64).collect();
    assert!(seen.is_sorted() && seen.last() == Some(&100.0), "the progress that was shown: {seen:?}");

    browser.click("#write").await;
    browser.until("!document.getElementById('article').hidden").await;
    let article = browser.page.execute("return document.getElementById('article').srcdoc", Vec::new()).await;
    let article = article.unwrap();
    let article = article.as_str().unwrap();
    assert!(article.starts_with("<!doctype html>") && article.contains("<h2"), "{article}");
    if let Ok(folder) = std::env::var("IGNY8_TEST_PICTURES") {
        std::fs::write(
            Path::new(&folder).join("custom-frontend.png"),
            browser.page.screenshot().await.unwrap(),
        )
        .unwrap();
    }
    browser.page.clone().close().await.unwrap();
    server.abort();
    worker.shutdown().await;
}

const KEYWORDS: &str = "keyword,volume,difficulty\n\
    green tea benefits,12000,35\ngreen tea caffeine,8000,30\nbenefits of green tea,5000,33\ngreen tea for sleep,900,12\n\
    how to brew oolong,2400,18\noolong brewing time,1300,15\nbest oolong tea,4400,40\noolong tea caffeine,1900,20\n\
    matcha whisk,6600,22\nmatcha whisk holder,700,8\nhow to use a matcha whisk,1600,14\nmatcha bowl and whisk,800,11\n";
