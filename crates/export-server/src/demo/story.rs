//! The steps of the story: one operation each, shown with request and answer.

use std::io::Write;

use anyhow::{Context, anyhow};
use export_api::ports::{Caller, KeyReference, KeyStore};
use export_api::{Named, Operation};
use serde_json::{Value, json};

use super::layout::{self, heading};
use super::receiver::{self, Received};
use crate::serve::LocalService;

/// The service that is called, and where the story is told.
pub(super) struct Story<'a, W> {
    service: LocalService,
    out: &'a mut W,
    steps: usize,
    blocks: usize,
    refused: usize,
}

impl<'a, W: Write> Story<'a, W> {
    pub(super) const fn new(service: LocalService, out: &'a mut W) -> Self {
        Self { service, out, steps: 0, blocks: 0, refused: 0 }
    }

    /// How many key blocks were received, and how many of them were not as they had to be.
    pub(super) const fn verdicts(&self) -> (usize, usize) {
        (self.blocks, self.refused)
    }

    pub(super) fn say(&mut self, lines: &[&str]) -> anyhow::Result<()> {
        for line in lines {
            writeln!(self.out, "{line}")?;
        }
        Ok(writeln!(self.out)?)
    }

    pub(super) fn step(&mut self, title: &str) -> anyhow::Result<()> {
        self.steps = self.steps.saturating_add(1);
        let title = format!("{}. {title}", self.steps);
        Ok(writeln!(self.out, "{}", heading(&title))?)
    }

    /// Makes an exportable key under an alias.
    pub(super) async fn create(&mut self, alias: &str, attributes: Value) -> anyhow::Result<()> {
        let request = json!({"KeyAttributes": attributes, "Exportable": true});
        let answer = self.call(Operation::CreateKey, &request).await?;
        let arn = text_at(&answer, "/Key/KeyArn")?;
        let request = json!({"AliasName": alias, "KeyArn": arn});
        self.call(Operation::CreateAlias, &request).await?;
        Ok(())
    }

    /// Exports a key, or the initial key it gives for a key serial number, and lets the receiver
    /// open it and look for `usage` in its header.
    pub(super) async fn export(
        &mut self,
        key: &str,
        kek: &str,
        key_serial_number: Option<&str>,
        usage: &str,
    ) -> anyhow::Result<()> {
        let mut request = json!({
            "ExportKeyIdentifier": key,
            "KeyMaterial": {"Tr31KeyBlock": {"WrappingKeyIdentifier": kek}},
        });
        if let (Some(number), Some(members)) = (key_serial_number, request.as_object_mut()) {
            let initial_key = json!({"ExportDukptInitialKey": {"KeySerialNumber": number}});
            members.insert("ExportAttributes".to_owned(), initial_key);
        }
        let answer = self.call(Operation::ExportKey, &request).await?;

        // Both parties hold the same KEK, so the receiver's copy is the one in the store.
        let reference = KeyReference::Alias(kek.parse()?);
        let [kek] = self.service.store().open_keys([&reference]).await?;
        let kek = kek.ok_or_else(|| anyhow!("the KEK is gone"))?.material;
        let block = text_at(&answer, "/WrappedKey/KeyMaterial")?;
        let check_value = text_at(&answer, "/WrappedKey/KeyCheckValue")?;
        let received = receiver::open(block, &kek).context("the receiver cannot open the block")?;
        let how = "opens the block with its copy of the KEK";
        self.judge(&received, check_value, usage, how)
    }

    /// Shows what a receiver has opened, and compares it with what was sent.
    pub(super) fn judge(
        &mut self,
        received: &Received,
        sent: &str,
        usage: &str,
        how: &str,
    ) -> anyhow::Result<()> {
        writeln!(self.out, "The receiver {how}:")?;
        for (name, value) in &received.header {
            writeln!(self.out, "  {name:<15}{value}")?;
        }
        let holds = received.check_value == sent && received.usage == usage;
        let verdict = if holds { "holds" } else { "DOES NOT HOLD" };
        let check_value = &received.check_value;
        writeln!(self.out, "  {:<15}{check_value} opened, {sent} sent: {verdict}", "check value")?;
        writeln!(self.out)?;
        self.blocks = self.blocks.saturating_add(1);
        self.refused = self.refused.saturating_add(usize::from(!holds));
        Ok(())
    }

    pub(super) async fn call(
        &mut self,
        operation: Operation,
        request: &Value,
    ) -> anyhow::Result<Value> {
        writeln!(self.out, "{} request", operation.name())?;
        writeln!(self.out, "{}", layout::json(request))?;
        let caller = Caller::new("demo".to_owned(), "demo".to_owned());
        let body = serde_json::to_vec(request)?;
        let answer = self.service.call(operation, &body, &caller).await?;
        let answer = serde_json::from_slice(&answer)?;
        writeln!(self.out, "{} answer", operation.name())?;
        writeln!(self.out, "{}\n", layout::json(&answer))?;
        Ok(answer)
    }
}

pub(super) fn text_at<'v>(value: &'v Value, pointer: &'static str) -> anyhow::Result<&'v str> {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.with_context(|| format!("the answer has no text at {pointer}"))
}
