//! The header of a key that is wrapped, from the command line.

use clap::Args;
use key_types::{AlgorithmFamily, Exportability, KeyUsage, KeyVersion, ModeOfUse};
use tr31::{Header, KeyContext, OptionalBlock, Version};

use crate::codes;
use crate::failure::{Failure, of_key_block};

/// A header as one text, or field by field.
#[derive(Args, Clone, Debug)]
#[group(id = "fields", multiple = true)]
pub(crate) struct HeaderArguments {
    /// The header as one text of 16 characters or more, as D0000P0TE00E0000; any length field
    #[arg(long, value_name = "HEADER", conflicts_with_all = ["version", "usage", "algorithm", "mode", "exportability"])]
    header: Option<String>,
    /// The version of the key block: B, D or E
    #[arg(long, value_name = "CODE", value_parser = codes::version, required_unless_present = "header")]
    version: Option<Version>,
    /// The key usage, as P0
    #[arg(long, value_name = "CODE", value_parser = codes::usage, required_unless_present = "header")]
    usage: Option<KeyUsage>,
    /// The algorithm of the key, as T or A
    #[arg(long, value_name = "CODE", value_parser = codes::family, required_unless_present = "header")]
    algorithm: Option<AlgorithmFamily>,
    /// The mode of use, as E
    #[arg(long, value_name = "CODE", value_parser = codes::mode, required_unless_present = "header")]
    mode: Option<ModeOfUse>,
    /// The exportability: E, N or S
    #[arg(long, value_name = "CODE", value_parser = codes::exportability, required_unless_present = "header")]
    exportability: Option<Exportability>,
    /// The key version number
    #[arg(long, value_name = "CODE", value_parser = codes::key_version)]
    key_version: Option<KeyVersion>,
    /// The key context: 0, 1 or 2
    #[arg(long, value_name = "CODE", value_parser = codes::key_context)]
    key_context: Option<KeyContext>,
    /// An optional block, behind those of --header; may be given more than once
    #[arg(long = "block", value_name = "ID=DATA", value_parser = codes::optional_block)]
    blocks: Vec<OptionalBlock>,
}

impl HeaderArguments {
    /// The header that is asked for.
    pub(crate) fn header(self) -> Result<Header, Failure> {
        let mut header = match &self.header {
            Some(text) => read(text)?,
            None => self.of_fields()?,
        };
        if let Some(key_version) = self.key_version {
            header = header.with_key_version(key_version);
        }
        if let Some(key_context) = self.key_context {
            header = header.with_key_context(key_context);
        }
        for block in self.blocks {
            let added = header.with_optional_block(block);
            header = added.map_err(|error| Failure::refused(error.code(), error.to_string()))?;
        }
        Ok(header)
    }

    fn of_fields(&self) -> Result<Header, Failure> {
        let missing = || Failure::usage("a header needs all of its fields, or --header");
        Ok(Header::new(
            self.version.ok_or_else(missing)?,
            self.usage.ok_or_else(missing)?,
            self.algorithm.ok_or_else(missing)?,
            self.mode.ok_or_else(missing)?,
            self.exportability.ok_or_else(missing)?,
        ))
    }
}

/// Reads a header that stands alone.
pub(crate) fn read(text: &str) -> Result<Header, Failure> {
    Header::parse(text).map_err(|error| of_key_block(&error, text).about("header"))
}
