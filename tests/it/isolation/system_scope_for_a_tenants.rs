//! What may cross tenants opens no tenant's rooms and passes no tenant's port.

use igny8_core::Igny8;
use igny8_core::ids::KeywordId;

async fn look(igny8: &Igny8, keyword: KeywordId) {
    let system = igny8.system("look at everybody's keywords");
    let _ = igny8.keywords(&system);
    let _ = igny8.store().get_keyword(&system, keyword).await;
}

fn main() {
    let _ = look;
}
