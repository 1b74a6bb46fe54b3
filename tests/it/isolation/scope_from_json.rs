//! A scope is not read from a request.

fn main() {
    let _: igny8_core::tenancy::TenantScope = serde_json::from_str("{}").unwrap();
}
