//! Choice without chance: the same words always lead to the same choice, on every machine and in every version.

/// A stable hash of a text (FNV-1a), finished so that near texts land far apart.
pub(super) fn stable_hash(text: &str) -> u64 {
    let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    mixed(hash)
}

/// The numbers 0 to `count`, in an order that the seed decides.
pub(super) fn shuffled(count: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by_key(|at| mixed(seed ^ (*at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    order
}

/// A number from 0 up to `below`, by the seed.
pub(super) fn below(seed: u64, below: u64) -> u64 {
    mixed(seed) % below.max(1)
}

const fn mixed(mut number: u64) -> u64 {
    number ^= number >> 30;
    number = number.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number ^= number >> 27;
    number = number.wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}
