//! Reading the optional blocks of a header.

use alloc::vec::Vec;
use core::str;

use super::{LengthForm, OptionalBlock, OptionalBlockId, content};
use crate::header::read::Place;
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
    place: Place,
    rules: &mut Rules,
) -> Result<(Vec<OptionalBlock>, usize), Error> {
    // Each has at least an id and a length: a count that is too great reserves nothing.
    let most = text.len().saturating_sub(start) / LengthForm::Short.prefix_length();
    let mut blocks = Vec::with_capacity(count.min(most));
    let mut at = start;
    for index in 0..count {
        let block = read(text, at, rules, |end| lands(text, end, index + 1 == count, version))?;
        at += block.length();
        blocks.push(block);
    }
    check_ids(&blocks, start, rules)?;
    let multiple = version.row().block_length;
    if place == Place::KeyBlock && !at.is_multiple_of(multiple) {
        return Err(Error::OptUnaligned { at, multiple });
    }
    check_content(&blocks, start, rules)?;
    note_unusual(&blocks, start, multiple, rules)?;
    Ok((blocks, at))
}

/// Reads the block at a place; `lands` says whether a block may end somewhere.
fn read(
    text: &str,
    at: usize,
    rules: &mut Rules,
    lands: impl Fn(usize) -> bool,
) -> Result<OptionalBlock, Error> {
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
                rules.note(Finding::Tolerated(malformed))?;
                // Two bytes or two digits: the reading is taken behind which the text goes on.
                // Both can do so only if two bytes say at least 2048 characters; then it is they.
                let two_digits = (LengthForm::ExtendedInTwoDigits, number(6, 2));
                let readings = [(LengthForm::ExtendedInBytes, number(6, 4)), two_digits];
                let fits = |form: LengthForm, length: usize| {
                    length >= form.prefix_length() && lands(at + length)
                };
                let [(form, length), _] = readings;
                let mut lengths =
                    readings.into_iter().filter_map(|(form, l)| Some((form, l.ok()?)));
                match lengths.find(|&(form, length)| fits(form, length)) {
                    Some(reading) => reading,
                    None => (form, length?),
                }
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

/// Whether an optional block may end here: another one begins, or a whole payload and a MAC.
fn lands(text: &str, end: usize, is_last: bool, version: Version) -> bool {
    let Some((before, rest)) = text.as_bytes().split_at_checked(end) else { return false };
    if is_last {
        let row = version.row();
        let payload = rest.len().checked_sub(2 * row.mac_length);
        return before.len().is_multiple_of(row.block_length)
            && payload.is_some_and(|payload| payload.is_multiple_of(2 * row.payload_unit));
    }
    let Some((&[first, second, high, low], behind)) = rest.split_first_chunk() else {
        return false;
    };
    let is_id = OptionalBlockId::from_code([first, second]).is_ok();
    let is_length = match hex::number(&[high, low]) {
        Some(0) => behind.starts_with(b"04") || behind.starts_with(b"02"),
        Some(length) => (LengthForm::Short.prefix_length()..=rest.len()).contains(&length),
        None => false,
    };
    is_id && is_length
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
fn note_unusual(
    blocks: &[OptionalBlock],
    start: usize,
    multiple: usize,
    rules: &mut Rules,
) -> Result<(), Error> {
    for (at, block) in placed(blocks, start) {
        let (id, form) = (block.id, block.form);
        if form == LengthForm::Extended
            && block.data.len() + LengthForm::Short.prefix_length() <= OptionalBlock::LONGEST_SHORT
        {
            rules.note(Finding::NeedlessExtendedLength { at })?;
        }
        if id == OptionalBlockId::PB
            && (at.is_multiple_of(multiple) || block.length() >= multiple + 4)
        {
            rules.note(Finding::NeedlessPadding { at })?;
        }
        if id == OptionalBlockId::KV {
            rules.note(Finding::DeprecatedBlock { at, id })?;
        }
        if !id.is_known() {
            rules.note(Finding::UnknownBlock { at, id })?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use key_types::{AlgorithmFamily, Exportability, KeyUsage, ModeOfUse, SecretKey};

    use super::*;
    use crate::{Header, Kbpk, KeyBlock, Profile, danger, lenient};

    fn label(length: usize, form: LengthForm) -> OptionalBlock {
        OptionalBlock { id: OptionalBlockId::LB, data: "5".repeat(length).into(), form }
    }

    /// A B block with these optional blocks, padded by one of id 99 in front.
    fn wrapped(blocks: &[OptionalBlock]) -> (String, Kbpk) {
        let key = SecretKey::filled_by(16, |bytes| bytes.fill(0x5B)).unwrap();
        let kbpk = Kbpk::tdes(&key).unwrap();
        let length: usize = blocks.iter().map(OptionalBlock::length).sum();
        let mut header = Header::new(
            Version::B,
            KeyUsage::BaseDerivation,
            AlgorithmFamily::Tdes,
            ModeOfUse::Derive,
            Exportability::Exportable,
        );
        let id = OptionalBlockId { code: *b"99" };
        let fill = "x".repeat((length + 4).next_multiple_of(8) - length - 4);
        let first = OptionalBlock { id, data: fill.into(), form: LengthForm::Short };
        for block in [first].iter().chain(blocks) {
            header = header.with_any_block(block.clone()).unwrap();
        }
        (danger::wrap_exact(&header, &key, &kbpk, &[0x5A; 14]).unwrap(), kbpk)
    }

    /// Both readings of `02`, with another block and with the payload behind.
    #[test]
    fn an_extended_length_of_02_is_bytes_or_digits() {
        let second = OptionalBlock::new(OptionalBlockId { code: *b"10" }, "abcd").unwrap();
        for (form, length) in [
            (LengthForm::ExtendedInBytes, 0),
            (LengthForm::ExtendedInBytes, 5),
            (LengthForm::ExtendedInBytes, 300),
            (LengthForm::ExtendedInBytes, 3000),
            (LengthForm::ExtendedInTwoDigits, 0),
            (LengthForm::ExtendedInTwoDigits, 5),
            (LengthForm::ExtendedInTwoDigits, 247),
        ] {
            let block = label(length, form);
            for blocks in [[block.clone()].as_slice(), &[block.clone(), second.clone()]] {
                let (text, kbpk) = wrapped(blocks);
                assert_eq!(KeyBlock::parse(&text).unwrap_err().code(), "OptLengthMalformed");
                let read = lenient::KeyBlock::parse(&text, Profile::EXTENDED_LENGTH_BYTES).unwrap();
                assert_eq!(read.findings().first().unwrap().code(), "OptLengthMalformed");
                let opened = read.open(&kbpk).unwrap();
                assert_eq!(opened.header().optional_blocks().split_first().unwrap().1, blocks);

                let known = opened.header().known().unwrap();
                let again = known.optional_block(OptionalBlockId::LB).unwrap();
                let standard = OptionalBlock::new(OptionalBlockId::LB, block.data()).unwrap();
                assert_eq!(again, &standard);
            }
        }
    }

    #[test]
    fn a_length_that_lands_nowhere_is_refused() {
        let parse = |text: &str| lenient::KeyBlock::parse(text, Profile::EXTENDED_LENGTH_BYTES);
        let (text, _) = wrapped(&[label(300, LengthForm::ExtendedInBytes)]);
        for (length, code) in [
            ("0137", "OptUnaligned"),
            ("0009", "OptLengthMalformed"),
            ("2000", "OptTruncated"),
            ("01G0", "OptLengthMalformed"),
        ] {
            let changed = text.replacen("LB00020136", &alloc::format!("LB0002{length}"), 1);
            assert_ne!(changed, text);
            assert_eq!(parse(&changed).unwrap_err().code(), code, "{length}");
        }
    }
}
