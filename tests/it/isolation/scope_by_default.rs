//! There is no scope that stands for nobody in particular.

fn main() {
    let _ = igny8_core::tenancy::TenantScope::default();
}
