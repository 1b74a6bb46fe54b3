//! Crossing tenants begins at `Igny8::system`, which traces it.

use igny8_core::tenancy::SystemScope;

fn main() {
    let _ = SystemScope { reason: "because" };
    let _ = SystemScope::open("because");
}
