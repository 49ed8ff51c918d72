//! The padding taken off again, in a time that says nothing of what is in it.

use core::ops::RangeFrom;

use digest::Digest;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

/// Unmasks an encoded message in place and says where the message in it begins, or `None` if it
/// is not one that OAEP makes.
///
/// `L` is the hash of the label, `S` masks the seed and `B` the data block; the standard has one
/// hash for the masks. Every check is made on every input, the one of the first byte included,
/// and only their common outcome is looked at.
///
/// Standard: RFC 8017, 7.1.2, step 3.
pub(crate) fn unmask<L: Digest, S: Digest, B: Digest>(
    encoded: &mut [u8],
    label: &[u8],
) -> Option<RangeFrom<usize>> {
    let label_hash = L::digest(label);
    let (first, masked) = encoded.split_first_mut()?;
    let (seed, block) = masked.split_at_mut_checked(label_hash.len())?;
    xor_mask::<S>(block, seed);
    xor_mask::<B>(seed, block);

    let (found_hash, padded) = block.split_at_checked(label_hash.len())?;
    let mut is_good = first.ct_eq(&0) & found_hash.ct_eq(&label_hash);
    let mut is_before_separator = Choice::from(1);
    let mut separator = 0_u32;
    for (at, byte) in (0_u32..).zip(padded) {
        let ends_here = is_before_separator & byte.ct_eq(&1);
        separator.conditional_assign(&at, ends_here);
        is_before_separator &= !ends_here;
        is_good &= !is_before_separator | byte.ct_eq(&0);
    }
    is_good &= !is_before_separator;
    if !bool::from(is_good) {
        return None;
    }
    let before_padding = label_hash.len().checked_mul(2)?.checked_add(1)?;
    let after_separator = usize::try_from(separator).ok()?.checked_add(1)?;
    Some(before_padding.checked_add(after_separator)?..)
}

/// XORs the mask that `source` generates onto `target`.
///
/// Standard: RFC 8017, B.2.1.
fn xor_mask<D: Digest>(source: &[u8], target: &mut [u8]) {
    let length = <D as Digest>::output_size();
    for (counter, chunk) in (0_u32..).zip(target.chunks_mut(length)) {
        let mask = D::new().chain_update(source).chain_update(counter.to_be_bytes()).finalize();
        chunk.iter_mut().zip(mask).for_each(|(byte, mask)| *byte ^= mask);
    }
}
