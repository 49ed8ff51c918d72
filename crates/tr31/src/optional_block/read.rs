//! Reading the optional blocks of a header.

use alloc::vec::Vec;
use core::str;

use super::{LengthForm, OptionalBlock, OptionalBlockId};
use crate::{Error, Version, hex};

/// Reads `count` optional blocks, of which the first begins at `start`.
///
/// Gives the blocks and where the payload begins.
///
/// # Errors
///
/// The first rule of their structure that is broken.
pub(crate) fn read_all(
    text: &str,
    version: Version,
    start: usize,
    count: usize,
) -> Result<(Vec<OptionalBlock>, usize), Error> {
    let mut blocks = Vec::with_capacity(count);
    let mut at = start;
    for _ in 0..count {
        let block = read(text, at)?;
        at += block.length();
        blocks.push(block);
    }
    check_ids(&blocks, start)?;
    let multiple = version.row().block_length;
    if at.is_multiple_of(multiple) {
        Ok((blocks, at))
    } else {
        Err(Error::OptUnaligned { at, multiple })
    }
}

fn read(text: &str, at: usize) -> Result<OptionalBlock, Error> {
    let field = |from: usize, length: usize| {
        let start = at.checked_add(from)?;
        text.as_bytes().get(start..start.checked_add(length)?)
    };
    let truncated = Error::OptTruncated { at };
    let malformed = Error::OptLengthMalformed { at: at + 2 };

    let id = id(field(0, 2).ok_or(truncated)?, at)?;
    let number = |from, length| hex::number(field(from, length).ok_or(truncated)?).ok_or(malformed);
    let (form, length) = match number(2, 2)? {
        0 if number(4, 2)? == 4 => (LengthForm::Extended, number(6, 4)?),
        0 => return Err(malformed),
        length => (LengthForm::Short, length),
    };
    let data_length = length.checked_sub(form.prefix_length()).ok_or(malformed)?;
    let data = field(form.prefix_length(), data_length).ok_or(truncated)?;
    let data = str::from_utf8(data).map_err(|_| truncated)?.into();
    Ok(OptionalBlock { id, data, form })
}

fn id(code: &[u8], at: usize) -> Result<OptionalBlockId, Error> {
    let code = code.try_into().map_err(|_| Error::OptTruncated { at })?;
    OptionalBlockId::from_code(code).map_err(|_| Error::OptIdMalformed { at })
}

/// Checks that no id occurs twice and that padding stands last.
fn check_ids(blocks: &[OptionalBlock], start: usize) -> Result<(), Error> {
    let mut at = start;
    for (index, block) in blocks.iter().enumerate() {
        let id = block.id;
        if blocks.iter().take(index).any(|earlier| earlier.id == id) {
            return Err(Error::OptDuplicate { at, id });
        }
        at += block.length();
    }
    let mut at = start;
    for (left, block) in (0..blocks.len()).rev().zip(blocks) {
        if block.id == OptionalBlockId::PB && left > 0 {
            return Err(Error::PbNotLast { at });
        }
        at += block.length();
    }
    Ok(())
}
