//! Changing the key that secrets are sealed with: the old one opens until everything is sealed anew, then it can go.

use std::collections::BTreeMap;

use igny8_core::settings::{ExposeSecret, SavedIntegration};
use igny8_core::tenancy::{SiteChange, TenantScope};
use igny8_core::{Error, Igny8, NewAccount};
use igny8_storage::secrets::{Cipher, SecretsKey};
use serde_json::Map;

use crate::databases::{Database, on_each_database};

fn key(text: &str) -> SecretsKey {
    SecretsKey::from_base64(text).unwrap()
}

async fn read(igny8: &Igny8, scope: &TenantScope) -> Result<Vec<String>, Error> {
    let store = igny8.store();
    let site = igny8.sites(scope).list().await?[0].id;
    let secrets = [
        store.integration_secret(scope, "openai", "api_key").await?,
        store.wp_app_password(scope, site).await?,
    ];
    Ok(secrets.into_iter().map(|secret| secret.unwrap().expose_secret().to_owned()).collect())
}

async fn a_key_is_changed_without_losing_a_secret(database: &impl Database) {
    let (old, new) = (SecretsKey::generate_base64(), SecretsKey::generate_base64());
    let sealed_with =
        async |cipher: Cipher| Igny8::builder(database.open_with(cipher).await).build().unwrap();
    let igny8 = sealed_with(Cipher::new(key(&old)).unwrap()).await;
    let mut scopes = Vec::new();
    for name in ["Acme", "Bonobo"] {
        let home = igny8.provision(NewAccount::named(name).site("example.com")).await.unwrap();
        let scope = igny8.enter(&home.owner, home.account).await.unwrap();
        let settings = SavedIntegration {
            integration_type: "openai".to_owned(),
            config: Map::new(),
            secrets: BTreeMap::from([("api_key".to_owned(), Some(format!("sk-{name}-0123456789").into()))]),
            is_active: true,
        };
        igny8.integrations(&scope).save(settings).await.unwrap();
        let change = SiteChange {
            wp_app_password: Some(Some(format!("{name} abcd").into())),
            ..SiteChange::default()
        };
        igny8.sites(&scope).update(home.site, change).await.unwrap();
        scopes.push((scope, vec![format!("sk-{name}-0123456789"), format!("{name} abcd")]));
    }

    let both = sealed_with(Cipher::new(key(&new)).unwrap().with_earlier(key(&old)).unwrap()).await;
    for (scope, secrets) in &scopes {
        assert_eq!(&read(&both, scope).await.unwrap(), secrets);
    }
    let only_new = sealed_with(Cipher::new(key(&new)).unwrap()).await;
    assert!(matches!(only_new.reseal_secrets().await, Err(Error::Configuration(_))), "the old key is needed");
    assert_eq!(both.reseal_secrets().await.unwrap(), 4);
    assert_eq!(both.reseal_secrets().await.unwrap(), 0, "nothing is left");
    for (scope, secrets) in &scopes {
        assert_eq!(&read(&only_new, scope).await.unwrap(), secrets);
        assert!(
            matches!(read(&igny8, scope).await, Err(Error::Configuration(_))),
            "the old key opens nothing"
        );
    }
}

on_each_database!(a_key_is_changed_without_losing_a_secret);
