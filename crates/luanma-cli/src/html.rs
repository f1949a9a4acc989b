//! `--html FILE`: one page that shows what changed, to be looked at before a run is trusted.
//!
//! It needs nothing from elsewhere and lets nothing in: all text is escaped, and its policy allows no request.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use luanma::Verdict;

use crate::annotate::{Finding, Mark};
use crate::identity::Identity;
use crate::output::Output;
use crate::visible;
use crate::work::Edit;

/// A page with more rows than this is of no use to a person; the others are counted.
const ROWS_MAX: u64 = 5_000;
/// So many characters of the line are shown on either side.
const CONTEXT: usize = 40;
/// A stretch is shown up to this many characters.
const SHOWN: usize = 2_000;

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// A page in the making.
pub(crate) struct Page {
    output: Output,
    rows: u64,
    counts: BTreeMap<(Verdict, String), u64>,
}

impl Page {
    pub(crate) fn new(path: &Path, identity: &Identity) -> anyhow::Result<Self> {
        let mut output = Output::file(path)?;
        let head = format!(
            "<!DOCTYPE html>\n<html lang=\"zh\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<title>luanma: what changed</title>\n\
             <style>\n{STYLE}</style>\n</head>\n<body>\n<h1>What changed</h1>\n<p class=\"by\">{}</p>\n\
             <form id=\"filter\">\n<input type=\"search\" id=\"text\" placeholder=\"text, file or chain\" aria-label=\"text, file or chain\">\n\
             <select id=\"verdict\" aria-label=\"verdict\"><option value=\"\">every verdict</option><option>repaired</option><option>lossy</option><option>unrepaired</option></select>\n\
             <label>confidence up to <input type=\"number\" id=\"most\" min=\"0\" max=\"1\" step=\"0.01\" value=\"1\"></label>\n\
             <output id=\"shown\"></output>\n</form>\n\
             <p class=\"key\"><mark class=\"damage\">damaged</mark> <mark class=\"repair\">repaired</mark> \
             <mark class=\"restored\" data-probability=\"its probability\">restored</mark> <mark class=\"gap\">a gap</mark></p>\n\
             <table>\n<thead><tr><th>where</th><th>damage</th><th>before</th><th>after</th></tr></thead>\n<tbody>\n",
            escape(&identity.to_string())
        );
        output.put(head.as_bytes())?;
        Ok(Self { output, rows: 0, counts: BTreeMap::new() })
    }

    /// Adds a finding. `change` is what it did to the block of these bytes.
    pub(crate) fn add(
        &mut self,
        file: &str,
        line: u64,
        finding: &Finding,
        change: Option<&Edit>,
        bytes: &[u8],
    ) -> anyhow::Result<()> {
        let chain = finding.chain.as_ref().map_or_else(|| "unknown".to_owned(), ToString::to_string);
        *self.counts.entry((finding.verdict, chain.clone())).or_default() += 1;
        self.rows += 1;
        if self.rows > ROWS_MAX {
            return Ok(());
        }
        let (before, after) = change.map_or_else(Default::default, |edit| context(bytes, edit));
        let mut column = String::new();
        if let Some(name) = &finding.column {
            let _ = write!(column, " <span class=\"column\">{}</span>", escape(name));
        }
        let treatment = finding.treatment.map_or_else(String::new, |t| format!(", then {t}"));
        let row = format!(
            "<tr data-verdict=\"{verdict}\" data-confidence=\"{confidence}\">\
             <td>{file}:{line}{column}</td><td>{chain}{treatment}<br>{verdict} {confidence}</td>\
             <td>{before}<mark class=\"damage\">{original}</mark>{after}</td>\
             <td>{before}{repair}{after}</td></tr>\n",
            verdict = finding.verdict,
            confidence = finding.confidence,
            file = escape(file),
            chain = escape(&chain),
            before = escape(&before),
            original = escape_start(&finding.original),
            after = escape(&after),
            repair = repair(finding),
        );
        self.output.put(row.as_bytes())
    }

    /// Writes the counts; the file takes its name.
    pub(crate) fn finish(mut self) -> anyhow::Result<()> {
        let mut end = "</tbody>\n</table>\n".to_owned();
        if self.rows > ROWS_MAX {
            let _ = writeln!(end, "<p>{} more are counted below and not shown.</p>", self.rows - ROWS_MAX);
        }
        if self.rows == 0 {
            end += "<p>Nothing was found.</p>\n";
        }
        end += "<h2>Counts</h2>\n<table class=\"counts\">\n<thead><tr><th>damage</th><th>verdict</th><th>stretches</th></tr></thead>\n<tbody>\n";
        for ((verdict, chain), count) in &self.counts {
            let _ = writeln!(
                end,
                "<tr><td><button type=\"button\" data-chain=\"{0}\">{0}</button></td><td>{verdict}</td><td>{count}</td></tr>",
                escape(chain)
            );
        }
        let _ = write!(end, "</tbody>\n</table>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n");
        self.output.put(end.as_bytes())?;
        self.output.finish()
    }
}

/// What stands around an edit in its line, as it is written in the file.
fn context(bytes: &[u8], edit: &Edit) -> (String, String) {
    let text = |bytes: &[u8]| bytes.utf8_chunks().map(|chunk| chunk.valid()).collect::<String>();
    let start = memchr::memrchr(b'\n', &bytes[..edit.start]).map_or(0, |end| end + 1);
    let end = memchr::memchr(b'\n', &bytes[edit.end..]).map_or(bytes.len(), |end| edit.end + end);
    // Four bytes a character at most.
    let start = start.max(edit.start.saturating_sub(4 * CONTEXT));
    let end = end.min(edit.end + 4 * CONTEXT);
    let before = text(&bytes[start..edit.start]);
    let skipped = before.chars().count().saturating_sub(CONTEXT);
    let before: String = before.chars().skip(skipped).collect();
    let after: String = text(&bytes[edit.end..end]).chars().take(CONTEXT).collect();
    (before, after)
}

/// The repaired text with its gaps and restored characters marked.
fn repair(finding: &Finding) -> String {
    let is_unrepaired = finding.verdict == Verdict::Unrepaired;
    let mut out =
        String::from(if is_unrepaired { "<mark class=\"damage\">" } else { "<mark class=\"repair\">" });
    for (n, c) in finding.text.chars().enumerate().take(SHOWN) {
        let at = |marks: &[Mark]| marks.iter().find(|mark| mark.at == n).cloned();
        let shown = escape(c.encode_utf8(&mut [0; 4]));
        if let Some(mark) = at(&finding.gaps) {
            let _ = write!(out, "<mark class=\"gap\" title=\"{}\">{shown}</mark>", escape(&title(&mark)));
        } else if let Some(mark) = at(&finding.restored) {
            let _ = write!(
                out,
                "<mark class=\"restored\" data-probability=\"{:.2}\" title=\"{}\">{shown}</mark>",
                mark.probability.unwrap_or_default(),
                escape(&title(&mark))
            );
        } else {
            out += &shown;
        }
    }
    out += "</mark>";
    out
}

/// How it was lost and what else it may have been.
fn title(mark: &Mark) -> String {
    let mut title = mark.loss.to_owned();
    for (c, probability) in &mark.alternatives {
        let _ = write!(title, " {} {probability:.4}", visible::visible(c.encode_utf8(&mut [0; 4])));
    }
    title
}

/// Text that means nothing to a browser, with what cannot be seen made visible.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible::visible(text).chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            c => out.push(c),
        }
    }
    out
}

fn escape_start(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => escape(&text[..end]) + "…",
        None => escape(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_its_place() {
        assert_eq!(
            escape("<b a=\"1\" b='2'>&\u{202e}\n"),
            "&lt;b a=&quot;1&quot; b=&#39;2&#39;&gt;&amp;\\u{202e}\\n"
        );
    }

    #[test]
    fn the_context_is_that_of_the_line() {
        let edit = |start, end| Edit { start, end, with: String::new(), aside: false };
        assert_eq!(context("ab\ncdXXef\ngh".as_bytes(), &edit(5, 7)), ("cd".to_owned(), "ef".to_owned()));
        let long = "漢".repeat(200);
        let (before, after) = context(long.as_bytes(), &edit(300, 303));
        assert_eq!((before.chars().count(), after.chars().count()), (CONTEXT, CONTEXT));
    }
}
