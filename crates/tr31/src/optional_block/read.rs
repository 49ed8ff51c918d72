//! Reading the optional blocks of a header.

use alloc::vec::Vec;
use core::str;

use super::{LengthForm, OptionalBlock, OptionalBlockId, content};
use crate::profile::{Liberty, Rules, liberty_of_content};
use crate::{Error, Finding, Version, hex};

/// Reads `count` optional blocks, of which the first begins at `start`.
///
/// Gives the blocks and where the payload begins.
///
/// # Errors
///
/// The first rule that is broken and that the profile does not let pass.
pub(crate) fn read_all(
    text: &str,
    version: Version,
    (start, count): (usize, usize),
    rules: &mut Rules,
) -> Result<(Vec<OptionalBlock>, usize), Error> {
    let mut blocks = Vec::with_capacity(count);
    let mut at = start;
    for _ in 0..count {
        let block = read(text, at, rules)?;
        at += block.length();
        blocks.push(block);
    }
    check_ids(&blocks, start, rules)?;
    let multiple = version.row().block_length;
    if !at.is_multiple_of(multiple) {
        return Err(Error::OptUnaligned { at, multiple });
    }
    check_content(&blocks, start, rules)?;
    note_unusual(&blocks, start, multiple, rules);
    Ok((blocks, at))
}

fn read(text: &str, at: usize, rules: &mut Rules) -> Result<OptionalBlock, Error> {
    let field = |from: usize, length: usize| {
        let start = at.checked_add(from)?;
        text.as_bytes().get(start..start.checked_add(length)?)
    };
    let truncated = Error::OptTruncated { at };
    let malformed = Error::OptLengthMalformed { at: at + 2 };

    let code = field(0, 2).ok_or(truncated)?.try_into().map_err(|_| truncated)?;
    let id = OptionalBlockId { code };
    if OptionalBlockId::from_code(code).is_err() {
        rules.broken(Error::OptIdMalformed { at })?;
    }
    let number = |from, length| hex::number(field(from, length).ok_or(truncated)?).ok_or(malformed);
    let (form, length) = match number(2, 2)? {
        0 => match number(4, 2)? {
            4 => (LengthForm::Extended, number(6, 4)?),
            2 if rules.allows(Liberty::ExtendedLengthInBytes) => {
                rules.note(Finding::Tolerated(malformed));
                (LengthForm::ExtendedInBytes, number(6, 4)?)
            }
            _ => return Err(malformed),
        },
        length => (LengthForm::Short, length),
    };
    let data_length = length.checked_sub(form.prefix_length()).ok_or(malformed)?;
    let data = field(form.prefix_length(), data_length).ok_or(truncated)?;
    let data = str::from_utf8(data).map_err(|_| truncated)?.into();
    Ok(OptionalBlock { id, data, form })
}

/// Each block with where it begins.
fn placed(blocks: &[OptionalBlock], start: usize) -> impl Iterator<Item = (usize, &OptionalBlock)> {
    blocks.iter().scan(start, |end, block| {
        let at = *end;
        *end += block.length();
        Some((at, block))
    })
}

/// Checks that no id occurs twice and that padding stands last.
fn check_ids(blocks: &[OptionalBlock], start: usize, rules: &mut Rules) -> Result<(), Error> {
    for (index, (at, block)) in placed(blocks, start).enumerate() {
        let id = block.id;
        if blocks.iter().take(index).any(|earlier| earlier.id == id) {
            rules.broken(Error::OptDuplicate { at, id })?;
        }
    }
    for (index, (at, block)) in placed(blocks, start).enumerate() {
        if block.id == OptionalBlockId::PB && index + 1 < blocks.len() {
            rules.broken(Error::PbNotLast { at })?;
        }
    }
    Ok(())
}

/// Checks the data of blocks whose type is known.
fn check_content(blocks: &[OptionalBlock], start: usize, rules: &mut Rules) -> Result<(), Error> {
    for (at, block) in placed(blocks, start) {
        let id = block.id;
        if let Err(offset) = content::read(id, &block.data) {
            let at = at + block.form.prefix_length() + offset;
            let liberty = liberty_of_content(id, &block.data);
            rules.bad_content(Error::OptDataInvalid { at, id }, liberty)?;
        }
    }
    Ok(())
}

/// Notes what is allowed and not what a careful exporter writes.
fn note_unusual(blocks: &[OptionalBlock], start: usize, multiple: usize, rules: &mut Rules) {
    for (at, block) in placed(blocks, start) {
        let (id, form) = (block.id, block.form);
        if form == LengthForm::Extended
            && block.data.len() + LengthForm::Short.prefix_length() <= OptionalBlock::LONGEST_SHORT
        {
            rules.note(Finding::NeedlessExtendedLength { at });
        }
        if id == OptionalBlockId::PB
            && (at.is_multiple_of(multiple) || block.length() >= multiple + 4)
        {
            rules.note(Finding::NeedlessPadding { at });
        }
        if id == OptionalBlockId::KV {
            rules.note(Finding::DeprecatedBlock { at, id });
        }
        if !id.is_known() {
            rules.note(Finding::UnknownBlock { at, id });
        }
    }
}
