//! `luanma revert`: undoes a run from its report.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use anyhow::{Context, bail, ensure};
use serde_json::Value;

use crate::args::{FormatArg, Revert};
use crate::fix::Outcome;
use crate::format::Format;
use crate::input::{Compression, Source, told, told_as};
use crate::messages::tell;
use crate::output::Output;

/// Bytes of a repaired file and what they were.
#[derive(Debug)]
struct Change {
    at: u64,
    /// What stands there now; of an annotation only the length is known.
    now: Now,
    was: String,
}

#[derive(Debug)]
enum Now {
    Text(String),
    Annotation(usize),
}

/// How much of what stands there instead is told.
const SHOWN: usize = 40;
const BUFFER: usize = 64 << 10;

pub(crate) fn revert(args: &Revert) -> anyhow::Result<Outcome> {
    let name = args.report.display().to_string();
    let mut files = read_report(&args.report).with_context(|| name.clone())?;
    if let Some(file) = &args.file {
        let wanted = match &args.named {
            Some(named) => named.clone(),
            None => told(file),
        };
        let changes = match files.remove(&wanted) {
            Some(changes) => changes,
            // One run over several files writes them one behind the other, and so does its report.
            None if args.named.is_none() => files.into_values().flatten().collect(),
            None => bail!("{name}: no repair of {wanted}"),
        };
        let source = Source::all(std::slice::from_ref(file)).remove(0);
        if !args.dry_run {
            let to = if args.in_place { Some(file) } else { args.output.as_ref() };
            to.map_or(Ok(()), |to| ensure_plain(file, to))?;
        }
        let output = match (args.dry_run, args.in_place) {
            (true, _) => None,
            (false, true) => Some(Output::file(file)?),
            (false, false) => Some(Output::named(args.output.as_deref())?),
        };
        return undo(&source, sorted(changes), output).map(|()| Outcome::Fine);
    }
    ensure!(
        args.in_place || args.dry_run,
        "name the FILE to revert, or say --in-place for all that the report names"
    );
    let mut outcome = Outcome::Fine;
    for (file, changes) in files {
        let path = told_as(&file);
        let source = Source::File(path.clone());
        let output = match args.dry_run {
            true => Ok(None),
            false => ensure_plain(&path, &path).and_then(|()| Output::file(&path).map(Some)),
        };
        if let Err(e) = output.and_then(|output| undo(&source, sorted(changes), output)) {
            tell(format_args!("{e:#}"));
            outcome = Outcome::Failed;
        }
    }
    Ok(outcome)
}

fn sorted(mut changes: Vec<Change>) -> Vec<Change> {
    changes.sort_by_key(|change| change.at);
    changes
}

/// The changes of each file.
fn read_report(path: &Path) -> anyhow::Result<BTreeMap<String, Vec<Change>>> {
    let mut files: BTreeMap<String, Vec<Change>> = BTreeMap::new();
    let source = Source::all(&[path.to_owned()]).remove(0);
    for (number, line) in (1..).zip(BufReader::new(source.open(None)?).lines()) {
        let line = line?;
        let value: Value = serde_json::from_str(&line).with_context(|| format!("line {number}"))?;
        let text = |name: &str| value[name].as_str().map(str::to_owned);
        let (Some(file), Some(original), Some(new)) = (text("file"), text("original"), text("text")) else {
            bail!("line {number} is not that of a report")
        };
        let changes = files.entry(file).or_default();
        match value["at"].as_u64() {
            Some(at) => changes.push(Change {
                at,
                now: Now::Text(text("now").unwrap_or(new)),
                was: text("was").unwrap_or(original),
            }),
            None if new == original || value["verdict"] == "unrepaired" => {}
            None => bail!("line {number}{}", why_not(value["file"].as_str().unwrap_or_default())),
        }
        for field in value["fields"].as_array().into_iter().flatten() {
            if let (Some(at), Some(was), Some(now)) =
                (field["at"].as_u64(), field["was"].as_str(), field["now"].as_str())
            {
                changes.push(Change { at, now: Now::Text(now.to_owned()), was: was.to_owned() });
            }
        }
        let annotation = &value["annotation"];
        if let (Some(at), Some(was), Some(length)) =
            (annotation["at"].as_u64(), annotation["was"].as_str(), annotation["length"].as_u64())
        {
            changes.push(Change { at, now: Now::Annotation(usize::try_from(length)?), was: was.to_owned() });
        }
    }
    Ok(files)
}

/// Why the line of a report about `file` does not say where its repair stands.
fn why_not(file: &str) -> String {
    match format_of(Path::new(file)) {
        Format::Parquet => {
            format!(": {file} is Parquet, of which whole columns are written anew: it cannot be reverted")
        }
        // Without decoding, every repair of an archive has its place.
        Format::Warc => {
            format!(
                ": {file} is an archive of which records were decoded, with their lengths and digests: it cannot be reverted"
            )
        }
        _ => " does not say where its repair stands: an older report, or a format that cannot be reverted"
            .to_owned(),
    }
}

fn format_of(path: &Path) -> Format {
    Format::of(FormatArg::Auto, Some(path))
}

/// Fails where the file would be written with another compression than it has: records of an archive are compressed each
/// for itself, and only who knows the format can write them so.
fn ensure_plain(name: &Path, to: &Path) -> anyhow::Result<()> {
    ensure!(
        format_of(name) != Format::Warc || Compression::of(to) == Compression::None,
        "{}: records of this archive are compressed each for itself, which revert does not do: name another file with -o, without .gz",
        name.display()
    );
    Ok(())
}

/// Writes the file as it was, if it is what the report says; nothing takes its place otherwise.
fn undo(source: &Source, changes: Vec<Change>, mut output: Option<Output>) -> anyhow::Result<()> {
    let name = source.name();
    let mut file = BufReader::with_capacity(BUFFER, source.open(None).with_context(|| name.clone())?);
    let mut done = 0;
    let mut put = |bytes: &[u8]| output.as_mut().map_or(Ok(()), |output| output.put(bytes));
    for change in changes {
        let Some(before) = change.at.checked_sub(done) else {
            bail!("{name}: two repairs at byte {done}: it was not written by one run")
        };
        copy(&mut file, before, &name, &mut put)?;
        let length = match &change.now {
            Now::Text(text) => text.len(),
            Now::Annotation(length) => *length,
        };
        // As much as there is: a report may say any length.
        let end = change.at.saturating_add(length as u64);
        let mut bytes = Vec::new();
        file.by_ref().take(length as u64).read_to_end(&mut bytes).with_context(|| name.clone())?;
        ensure!(bytes.len() == length, "{name}: it ends before byte {end}");
        let is_as_told = match &change.now {
            Now::Text(text) => bytes == text.as_bytes(),
            Now::Annotation(_) => bytes.ends_with(b"}") && bytes.windows(9).any(|w| w == b"\"verdict\""),
        };
        if !is_as_told {
            let there = crate::visible::visible_start(
                &bytes.utf8_chunks().map(|c| c.valid()).collect::<String>(),
                SHOWN,
            );
            let told = match &change.now {
                Now::Text(text) => crate::visible::visible_start(text, SHOWN),
                Now::Annotation(_) => "an annotation".to_owned(),
            };
            bail!(
                "{name}: at byte {} stands «{there}», not «{told}» as in the report: left as it is",
                change.at
            );
        }
        put(change.was.as_bytes())?;
        done = end;
    }
    copy(&mut file, u64::MAX, &name, &mut put)?;
    output.map_or(Ok(()), Output::finish)
}

/// Copies `length` bytes, or all that there are.
fn copy(
    file: &mut impl BufRead,
    length: u64,
    name: &str,
    put: &mut impl FnMut(&[u8]) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut left = length;
    while left > 0 {
        let bytes = file.fill_buf().with_context(|| name.to_owned())?;
        if bytes.is_empty() {
            ensure!(length == u64::MAX, "{name}: it is shorter than the report says");
            break;
        }
        let n = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        put(&bytes[..n])?;
        file.consume(n);
        left -= n as u64;
    }
    Ok(())
}
