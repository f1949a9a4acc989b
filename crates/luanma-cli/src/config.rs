//! `--config FILE`: arguments from a file, one a line.

use std::ffi::OsString;
use std::path::Path;

use anyhow::{Context, ensure};

/// The command line with the arguments of the file put behind the command's name, so that what was typed comes later
/// and counts more.
pub(crate) fn with_file(path: &Path, command: &str, typed: &[OsString]) -> anyhow::Result<Vec<OsString>> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let at = typed.iter().position(|argument| argument == command).map_or(typed.len(), |at| at + 1);
    let (before, after) = typed.split_at(at);
    let arguments = arguments(&text, command).with_context(|| path.display().to_string())?;
    Ok([before, &arguments, after].concat())
}

/// The arguments for `command`: lines before any heading, and those below `[command]`. `#` begins a line of comment.
fn arguments(text: &str, command: &str) -> anyhow::Result<Vec<OsString>> {
    let mut arguments = Vec::new();
    let mut is_meant = true;
    for (number, line) in (1..).zip(text.lines()) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(heading) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            is_meant = heading.trim() == command;
            continue;
        }
        ensure!(
            line.starts_with("--"),
            "line {number}: `{line}` is neither `--flag`, `--flag=value` nor `[command]`"
        );
        ensure!(!line.starts_with("--config"), "line {number}: a file of arguments names no other");
        if is_meant {
            arguments.push(line.into());
        }
    }
    Ok(arguments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_for_all_commands_or_one() {
        let text = "# ours\n--gaps=mark\n\n[fix]\n--strict\n[check]\n  --quiet\n";
        assert_eq!(arguments(text, "fix").unwrap(), ["--gaps=mark", "--strict"]);
        assert_eq!(arguments(text, "check").unwrap(), ["--gaps=mark", "--quiet"]);
        assert_eq!(arguments(text, "explain").unwrap(), ["--gaps=mark"]);
        assert!(arguments("gaps = mark", "fix").is_err());
        assert!(arguments("--config=x", "fix").is_err());
    }
}
