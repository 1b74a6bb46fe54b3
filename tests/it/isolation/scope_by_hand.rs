//! A scope's inside is private: nobody outside the core puts one together, by its field or by its maker.

fn main() {
    let entry = std::sync::Arc::new(());
    let _ = igny8_core::tenancy::TenantScope(entry);
    let _ = igny8_core::tenancy::TenantScope::mint(());
}
