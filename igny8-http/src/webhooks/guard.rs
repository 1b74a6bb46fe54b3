//! Keeps tenants' addresses from leading into the operator's own network: what a name means is asked once, only public addresses of it
//! are left, and the connection goes to just those.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use igny8_core::outbound::is_public;
use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

/// A resolver that answers with public addresses, and those an operator allows.
#[derive(Debug)]
pub(super) struct PublicOnly {
    allowed: Vec<IpAddr>,
}

/// There was an address, and it may not be asked.
#[derive(Debug)]
struct NotPublic;

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not an address of the public internet")
    }
}

impl std::error::Error for NotPublic {}

impl PublicOnly {
    pub(super) fn new(allowed: Vec<IpAddr>) -> Self {
        Self { allowed }
    }
}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let allowed = self.allowed.clone();
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let may: Vec<SocketAddr> =
                found.into_iter().filter(|address| may_be_asked(address.ip(), &allowed)).collect();
            if may.is_empty() {
                return Err(Box::new(NotPublic) as Box<dyn std::error::Error + Send + Sync>);
            }
            Ok(Box::new(may.into_iter()) as Addrs)
        })
    }
}

fn may_be_asked(address: IpAddr, allowed: &[IpAddr]) -> bool {
    is_public(address) || allowed.contains(&address)
}

/// Checks what no resolver sees: the scheme, and an address that stands in the place of a name.
pub(super) fn check(url: &Url, allowed: &[IpAddr]) -> Result<(), String> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err("the address must begin with https:// or http://".to_owned());
    }
    let host = url.host_str().unwrap_or_default();
    let literal = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    match literal {
        Ok(address) if !may_be_asked(address, allowed) => Err(NotPublic.to_string()),
        _ => Ok(()),
    }
}

/// Whether the guard is the reason.
pub(super) fn refused(error: &reqwest::Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        if error.is::<NotPublic>() {
            return true;
        }
        source = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_in_any_spelling_are_checked() {
        let own: IpAddr = [127, 0, 0, 1].into();
        for url in [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://0177.0.0.1/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://169.254.169.254/latest/meta-data/",
            "http://10.0.0.1:8080/",
            "ftp://example.com/",
            "file:///etc/passwd",
        ] {
            assert!(check(&Url::parse(url).unwrap(), &[]).is_err(), "{url}");
        }
        assert!(check(&Url::parse("http://127.0.0.1:9/").unwrap(), &[own]).is_ok());
        assert!(check(&Url::parse("https://example.com/hook").unwrap(), &[]).is_ok());
    }

    #[tokio::test]
    async fn names_of_this_machine_are_refused() {
        let client = reqwest::Client::builder()
            .dns_resolver(std::sync::Arc::new(PublicOnly::new(Vec::new())))
            .no_proxy()
            .build()
            .unwrap();
        let error = client.get("http://localhost:9/").send().await.unwrap_err();
        assert!(refused(&error), "{error:?}");
    }
}
