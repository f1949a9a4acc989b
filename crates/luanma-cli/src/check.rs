//! `luanma check`: findings as lines, as grep writes them, or as code hosts read them.

use std::path::Path;

use luanma::Verdict;
use serde_json::{Value, json};

use crate::annotate::Finding;
use crate::args::ListingArg;
use crate::identity::Identity;
use crate::input::told_as;
use crate::output::Output;
use crate::visible::visible_start;

/// How much of a stretch a line shows.
const SHOWN: usize = 60;

/// What is listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listing {
    Findings(ListingArg),
    Files,
    Nothing,
}

/// Where a finding stands: line and column count from 1.
#[derive(Clone, Copy, Debug)]
pub(crate) struct At<'f> {
    pub(crate) file: &'f str,
    pub(crate) line: u64,
    pub(crate) column: u64,
}

/// Lists findings.
pub(crate) struct Lister {
    pub(crate) listing: Listing,
    out: Output,
    listed: u64,
}

impl Lister {
    pub(crate) fn new(listing: Listing, identity: &Identity) -> anyhow::Result<Self> {
        let mut out = Output::stdout();
        if listing == Listing::Findings(ListingArg::Sarif) {
            out.put(sarif_head(identity).as_bytes())?;
        }
        Ok(Self { listing, out, listed: 0 })
    }

    /// Writes one finding.
    pub(crate) fn list(&mut self, finding: &Finding, at: At<'_>) -> anyhow::Result<()> {
        let Listing::Findings(how) = self.listing else { return Ok(()) };
        let text = match how {
            ListingArg::Lines => line(finding, at),
            ListingArg::Github => github(finding, at),
            ListingArg::Sarif => {
                let comma = if self.listed > 0 { "," } else { "" };
                format!("{comma}\n{}", sarif(finding, at))
            }
        };
        self.listed += 1;
        self.out.put(text.as_bytes())
    }

    /// Writes the name of a file with findings.
    pub(crate) fn file(&mut self, name: &str) -> anyhow::Result<()> {
        self.out.put(format!("{name}\n").as_bytes())
    }

    pub(crate) fn finish(mut self) -> anyhow::Result<()> {
        if self.listing == Listing::Findings(ListingArg::Sarif) {
            self.out.put(b"\n]}]}\n")?;
        }
        self.out.finish()
    }
}

fn chain(finding: &Finding) -> String {
    finding.chain.as_ref().map_or_else(|| "?".to_owned(), ToString::to_string)
}

fn line(finding: &Finding, at: At<'_>) -> String {
    let At { file, line, column } = at;
    format!("{file}:{line}:{column}: {} {}\n", chain(finding), message(finding))
}

fn message(finding: &Finding) -> String {
    format!(
        "{} {} «{}» → «{}»",
        finding.verdict,
        finding.confidence,
        visible_start(&finding.original, SHOWN),
        visible_start(&finding.text, SHOWN),
    )
}

/// A line that GitHub's runner shows beside the changed file.
fn github(finding: &Finding, at: At<'_>) -> String {
    let text = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |value: &str| text(value).replace(':', "%3A").replace(',', "%2C");
    let level = if finding.verdict == Verdict::Unrepaired { "notice" } else { "warning" };
    format!(
        "::{level} file={},line={},col={},title={}::{}\n",
        property(at.file),
        at.line,
        at.column,
        property(&format!("mojibake: {}", chain(finding))),
        text(&message(finding))
    )
}

/// All that comes before the results. They are written one by one, as they are found.
fn sarif_head(identity: &Identity) -> String {
    let rules: Vec<_> = [
        ("repaired", "Text that was decoded with the wrong character set; nothing was lost"),
        ("lossy", "Text that was decoded with the wrong character set; some of it was lost"),
        ("unrepaired", "Text that was decoded with the wrong character set and cannot be repaired"),
    ]
    .iter()
    .map(|(id, text)| json!({ "id": id, "shortDescription": { "text": text } }))
    .collect();
    let driver = json!({ "name": "luanma", "version": identity.version, "rules": rules });
    format!(
        "{{\"version\":\"2.1.0\",\"$schema\":\"https://json.schemastore.org/sarif-2.1.0.json\",\"runs\":[{{\
         \"tool\":{{\"driver\":{driver}}},\"columnKind\":\"unicodeCodePoints\",\"results\":["
    )
}

fn sarif(finding: &Finding, at: At<'_>) -> Value {
    let level = if finding.verdict == Verdict::Unrepaired { "note" } else { "warning" };
    let end = at.column + finding.original.chars().count() as u64;
    let mut region = json!({ "startLine": at.line, "startColumn": at.column });
    // Elsewhere a character of the text may take several of the file.
    if finding.column.is_none() && !finding.original.contains('\n') {
        region["endColumn"] = json!(end);
    }
    json!({
        "ruleId": finding.verdict.name(),
        "level": level,
        "message": { "text": format!("{}: {}", chain(finding), message(finding)) },
        "locations": [{ "physicalLocation": {
            "artifactLocation": { "uri": uri(&told_as(at.file)) },
            "region": region,
        }}],
    })
}

/// A path as part of a URI.
fn uri(path: &Path) -> String {
    let mut out = String::new();
    for &byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~' | b'/') {
            out.push(char::from(byte));
        } else {
            out += &format!("%{byte:02X}");
        }
    }
    out
}
