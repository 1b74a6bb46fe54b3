//! DEV ONLY: numbers from the environment while tuning.
pub(super) fn tune(name: &str, default: f32) -> f32 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}
