//! How the `arbitrary` crate would have read several byte strings from one.

/// Byte strings as a target takes them that asks for a tuple of `&[u8]`: one behind the other, the
/// last as it is, and at the end the length of each other one, the first one's last.
pub(super) fn byte_strings(parts: &[&[u8]]) -> Vec<u8> {
    let Some((last, others)) = parts.split_last() else { return Vec::new() };
    let mut bytes = last.to_vec();
    // From the back to the front, since each length is taken off the end before the next one.
    for part in others.iter().rev() {
        bytes.splice(0..0, part.iter().copied());
        bytes.extend(length(part.len(), bytes.len()));
    }
    bytes
}

/// A length in front of which `before` bytes stand, in as many bytes as the reader will take.
fn length(length: usize, before: usize) -> Vec<u8> {
    let [high @ .., third, second, first] = length.to_be_bytes();
    debug_assert!(high.iter().all(|byte| *byte == 0) && third == 0, "seeds are short");
    // The reader looks at what there is with the length: up to 256 bytes in front of one of one
    // byte, up to 65536 in front of one of two.
    if before < 256 { vec![first] } else { vec![second, first] }
}

#[cfg(test)]
mod tests {
    use arbitrary::{Arbitrary, Unstructured};

    use super::*;

    #[test]
    fn byte_strings_are_read_as_they_were_meant() {
        for (one, two, three) in [(0, 0, 0), (1, 2, 3), (200, 60, 9), (300, 5, 1000), (5, 2000, 0)]
        {
            let (one, two, three) = (vec![1; one], vec![2; two], vec![3; three]);
            let bytes = byte_strings(&[&one, &two, &three]);
            type Three<'a> = (&'a [u8], &'a [u8], &'a [u8]);
            let read = Three::arbitrary_take_rest(Unstructured::new(&bytes)).unwrap();
            assert_eq!(read, (&one[..], &two[..], &three[..]));
            let bytes = byte_strings(&[&one, &two]);
            let read = <(&[u8], &[u8])>::arbitrary_take_rest(Unstructured::new(&bytes)).unwrap();
            assert_eq!(read, (&one[..], &two[..]));
        }
    }
}
