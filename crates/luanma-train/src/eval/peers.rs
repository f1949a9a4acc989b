//! Other repairers on the same samples: ftfy through Python, plsfix where it is compiled in.

#![allow(clippy::print_stderr)]

use std::io::Write as _;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// What ftfy is asked, a JSON string a line. Only the encoding is mended: it is not to be held against it that it
/// straightens quotes as well.
const FTFY: &str = "
import sys, json, ftfy
for line in sys.stdin:
    print(json.dumps(ftfy.fix_encoding(json.loads(line))))
";

/// A peer's name and what it makes of each text.
pub(super) type Answers = (&'static str, Vec<String>);

/// The peers that there are here. One that is missing is said to be.
pub(super) fn ask(python: &str, texts: &[&str]) -> Vec<Answers> {
    let mut all = Vec::new();
    match ftfy(python, texts) {
        Ok(answers) => all.push(("ftfy", answers)),
        Err(e) => eprintln!("ftfy is not measured: {e:#} (--python names one that has it)"),
    }
    #[cfg(feature = "peers")]
    all.push(("plsfix", plsfix(texts)));
    #[cfg(not(feature = "peers"))]
    eprintln!("plsfix is not measured: cargo run --release --package luanma-dev --features peers -- eval …");
    all
}

fn ftfy(python: &str, texts: &[&str]) -> Result<Vec<String>> {
    let mut input = String::new();
    for text in texts {
        input.push_str(&serde_json::to_string(text)?);
        input.push('\n');
    }
    let mut child = Command::new(python)
        .args(["-c", FTFY])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| python.to_owned())?;
    let mut stdin = child.stdin.take().context("no way to write to it")?;
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let out = child.wait_with_output()?;
    // Where it has no ftfy it ends before it has read everything.
    let written = writer.join();
    ensure!(out.status.success() && matches!(written, Ok(Ok(()))), "{python} has no ftfy");
    String::from_utf8(out.stdout)?.lines().map(|l| Ok(serde_json::from_str(l)?)).collect()
}

#[cfg(feature = "peers")]
fn plsfix(texts: &[&str]) -> Vec<String> {
    let config = plsfix::TextFixerConfig {
        unescape_html: Some(false),
        remove_terminal_escapes: false,
        fix_latin_ligatures: false,
        fix_character_width: false,
        uncurl_quotes: false,
        fix_line_breaks: false,
        remove_control_chars: false,
        normalization: None,
        ..plsfix::TextFixerConfig::default()
    };
    texts.iter().map(|t| plsfix::fix_text(t, Some(&config))).collect()
}
