//! The command line: every flag's name, help and meaning in one place.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use luanma::garble::Losses;
use luanma::{Chain, Confidence, Model};

use crate::work::Settings;

/// Finds and repairs mojibake: text decoded with the wrong character set. Chinese first.
#[derive(Debug, Parser)]
#[command(name = "luanma", version, max_term_width = 100, after_help = EXIT_CODES, after_long_help = EXAMPLES)]
#[command(args_override_self = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,

    /// Take arguments from FILE as well: one `--flag=value` a line, below `[fix]` those for that command only
    #[arg(long, global = true, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) config: Option<PathBuf>,
}

const EXIT_CODES: &str = "Exit status: 0 fine, 1 mojibake found (check, or --strict), 2 error.";

const EXAMPLES: &str = "\
Examples:
  luanma check notes.txt                          list what is damaged
  luanma fix --diff notes.txt                     see what would change
  luanma fix --in-place --report run.jsonl *.txt  repair files, and keep account
  luanma revert run.jsonl --in-place              undo that
  luanma decode old.txt > new.txt                 bytes of unknown codec to UTF-8
  luanma explain '浠婂ぉ'                           why, and what else it may be

Exit status: 0 fine, 1 mojibake found (check, or --strict), 2 error.";

const FIX_EXAMPLES: &str = "\
Examples:
  luanma fix page.txt -o repaired.txt
  luanma fix --in-place --report run.jsonl --html run.html *.txt
  luanma fix -f jsonl -c text -c meta.title < in.jsonl > out.jsonl
  luanma fix --expect 'utf-8>gbk' --gap-char □ dump.sql.gz -o dump.fixed.sql.gz

Exit status: 0 fine, 1 mojibake found (with --strict), 2 error.";

const CHECK_EXAMPLES: &str = "\
Examples:
  luanma check src/*.rs               as a gate: status 1 where damage can be repaired
  luanma check --output github *.md   annotations for GitHub's runner
  luanma check --output sarif *.md > luanma.sarif

Exit status: 0 fine, 1 mojibake found, 2 error.";

const DECODE_EXAMPLES: &str = "\
Examples:
  luanma decode mail.txt > mail.utf8.txt
  luanma decode export.csv --report run.jsonl -o export.utf8.csv
  luanma decode crawl/ --include '*.html' --stats -o utf8/
  luanma decode --list mixed.log | jq -r '[.start, .end, .codec] | @tsv'

The structure of a record is read after decoding; in WARC and Parquet each text is decoded by itself.

Exit status: 0 fine, 1 mojibake found (with --strict), 2 some bytes could not be read, or error.";

const REVERT_EXAMPLES: &str = "\
Examples:
  luanma fix --in-place --report run.jsonl *.txt && luanma revert run.jsonl --in-place
  luanma revert run.jsonl repaired.txt -o as-it-was.txt

Exit status: 0 fine, 2 a file is not what the report says (it stays as it is), or error.";

const NAMES_EXAMPLES: &str = "\
Examples:
  luanma names unpacked/            list them
  luanma names --rename unpacked/   repair them; nothing is ever written over

Exit status: 0 fine, 1 damaged names are left, 2 error.";

const TRAIN_EXAMPLES: &str = "\
Examples:
  luanma train corpus/ -o mine.bin > card.md
  luanma train corpus/ more.txt -o small.bin --size 1000000 --cutoff 3
  luanma fix --model mine.bin page.txt

A model knows what it has read and nothing else: text in a language that it has not read looks damaged to it.";

const EVAL_EXAMPLES: &str = "\
Examples:
  luanma eval pairs.jsonl
  luanma eval --model mine.bin --gaps mark --show 5 pairs.jsonl";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Write the repaired text; everything else is written byte for byte
    Fix(Fix),
    /// List mojibake; exit status 1 where some can be repaired
    Check(Check),
    /// Show every way to read a text: chain, score, what was lost, what was restored
    Explain(Explain),
    /// Read bytes of unknown codec, or of several, and write them as repaired UTF-8
    Decode(Decode),
    /// Damage clean text, for tests and training data
    Garble(Garble),
    /// Undo a run from its report, byte for byte
    Revert(Revert),
    /// List damaged file names, as of archives unpacked with the wrong code page, or repair them
    Names(Names),
    /// Make a model from your own text
    Train(Train),
    /// Repair damaged texts of which you have the right ones, and score what comes out
    Eval(Eval),
    /// Print the manual page, or write one for each command to a directory
    Man {
        /// The directory
        #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
        directory: Option<PathBuf>,
    },
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES, after_long_help = FIX_EXAMPLES)]
pub(crate) struct Fix {
    #[command(flatten)]
    pub(crate) input: Input,

    /// Write to FILE instead of standard output, or each file to its place in DIR/; .gz and .zst are compressed
    ///
    /// A file appears, or changes, only when all of it was written.
    #[arg(short, long, value_name = "FILE", conflicts_with = "in_place", value_hint = ValueHint::AnyPath)]
    pub(crate) output: Option<PathBuf>,

    /// With -o DIR/ or --in-place: leave out the files that are done already, and add to the report
    ///
    /// For a run that was interrupted. A file that has changed since, or is older than its source, is done again. With
    /// --in-place, an interrupted run leaves REPORT.done beside its report, which says what is done.
    #[arg(long)]
    pub(crate) resume: bool,

    /// Replace each file that changes by its repaired text
    #[arg(short, long)]
    pub(crate) in_place: bool,

    /// Write nothing; say which files would change
    #[arg(long, conflicts_with_all = ["output", "report"])]
    pub(crate) dry_run: bool,

    /// Write nothing; show what would change as a unified diff
    #[arg(long, conflicts_with_all = ["output", "report", "dry_run"])]
    pub(crate) diff: bool,

    /// JSON lines: add what was found to each record that has a finding, under this name
    ///
    /// Offsets count Unicode scalar values of the column's text before the repair.
    #[arg(long, value_name = "NAME")]
    pub(crate) annotate: Option<String>,

    #[command(flatten)]
    pub(crate) repairing: Repairing,

    #[command(flatten)]
    pub(crate) running: Running,
}

#[derive(Debug, Args)]
#[command(after_help = EXIT_CODES, after_long_help = CHECK_EXAMPLES)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) input: Input,

    /// Print nothing on standard output; only the exit status tells
    #[arg(short, long)]
    pub(crate) quiet: bool,

    /// Print only the names of files with findings
    #[arg(short = 'l', long, conflicts_with = "quiet")]
    pub(crate) files_with_findings: bool,

    /// How findings are listed
    #[arg(long, value_enum, default_value_t = ListingArg::Lines, conflicts_with_all = ["quiet", "files_with_findings"])]
    pub(crate) output: ListingArg,

    #[command(flatten)]
    pub(crate) repairing: Repairing,

    #[command(flatten)]
    pub(crate) running: Running,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListingArg {
    /// `file:line:column:` and what was found
    Lines,
    /// Workflow commands, which GitHub shows beside the changed files
    Github,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The text; `-` or nothing reads standard input
    #[arg(value_name = "TEXT")]
    pub(crate) text: Option<String>,

    /// Print one JSON object
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) repairing: Repairing,
}

#[derive(Debug, Args)]
#[command(after_long_help = DECODE_EXAMPLES)]
pub(crate) struct Decode {
    #[command(flatten)]
    pub(crate) input: Input,

    /// Write to FILE instead of standard output, or each file to its place in DIR/; .gz and .zst are compressed
    ///
    /// A file appears, or changes, only when all of it was written.
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::AnyPath)]
    pub(crate) output: Option<PathBuf>,

    /// With -o DIR/: leave out the files that are there already, and add to the report
    #[arg(long, requires = "output")]
    pub(crate) resume: bool,

    /// Instead of the text, list which bytes of the files are in which codec, one JSON object a piece
    #[arg(long, conflicts_with_all = ["report", "html", "stats", "resume", "strict"])]
    pub(crate) list: bool,

    /// Decode and do not repair
    #[arg(long, conflicts_with_all = ["report", "html", "strict"])]
    pub(crate) no_repair: bool,

    #[command(flatten)]
    pub(crate) repairing: Repairing,

    #[command(flatten)]
    pub(crate) running: Running,
}

#[derive(Debug, Args)]
pub(crate) struct Garble {
    #[command(flatten)]
    pub(crate) input: Input,

    /// The damage, in the order in which it happens, such as utf-8>gbk
    #[arg(long)]
    pub(crate) chain: Chain,

    /// What is lost on the way, such as windows+fold; repeatable
    #[arg(long, value_name = "KINDS")]
    pub(crate) loss: Vec<Losses>,

    /// The same seed makes the same damage
    #[arg(long, default_value_t = 0)]
    pub(crate) seed: u64,

    /// Write to FILE instead of standard output, or each file to its place in DIR/; .gz and .zst are compressed
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::AnyPath)]
    pub(crate) output: Option<PathBuf>,

    /// Threads [default: one for each processor]; the damage does not depend on it
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: Option<u16>,
}

#[derive(Debug, Args)]
#[command(after_long_help = REVERT_EXAMPLES)]
pub(crate) struct Revert {
    /// The report of the run (`--report`)
    #[arg(value_name = "REPORT", value_hint = ValueHint::FilePath)]
    pub(crate) report: PathBuf,

    /// The repaired file; `-` is standard input [default: all that the report names, with --in-place]
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: Option<PathBuf>,

    /// What the report calls FILE, where that was written under another name
    #[arg(long, value_name = "NAME", requires = "file")]
    pub(crate) named: Option<String>,

    /// Write to this file instead of standard output; .gz and .zst are compressed
    #[arg(short, long, value_name = "FILE", conflicts_with = "in_place", value_hint = ValueHint::FilePath)]
    pub(crate) output: Option<PathBuf>,

    /// Replace the repaired files by what they were
    #[arg(short, long)]
    pub(crate) in_place: bool,

    /// Write nothing; only check that the files are what the report says
    #[arg(long)]
    pub(crate) dry_run: bool,
}

#[derive(Debug, Args)]
#[command(after_long_help = NAMES_EXAMPLES)]
pub(crate) struct Names {
    /// Directories; all that is in them, to any depth, is looked at. Links are not followed
    #[arg(value_name = "DIR", required = true, value_hint = ValueHint::DirPath)]
    pub(crate) directories: Vec<PathBuf>,

    /// Give damaged names what they ought to be; never the name of something that is there
    #[arg(long)]
    pub(crate) rename: bool,

    /// Rename as well where characters that lost bytes were restored
    #[arg(long, requires = "rename")]
    pub(crate) lossy: bool,

    /// Print one JSON object a name
    #[arg(long)]
    pub(crate) json: bool,

    #[command(flatten)]
    pub(crate) repairing: Repairing,
}

#[derive(Debug, Args)]
#[command(after_long_help = TRAIN_EXAMPLES)]
pub(crate) struct Train {
    /// Clean text in UTF-8, a sentence or a paragraph a line: files, or directories of .txt and .txt.xz files
    #[arg(value_name = "TEXT", required = true, value_hint = ValueHint::AnyPath)]
    pub(crate) text: Vec<PathBuf>,

    /// The model file to write
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) output: PathBuf,

    #[command(flatten)]
    pub(crate) options: luanma_train::lm::Options,
}

#[derive(Debug, Args)]
#[command(after_long_help = EVAL_EXAMPLES)]
pub(crate) struct Eval {
    /// JSON lines with `text`, the damaged one, and `gold`, the right one; `chain`, `loss`, `lang` and `set` make rows
    #[arg(value_name = "PAIRS", required = true, value_hint = ValueHint::FilePath)]
    pub(crate) pairs: Vec<PathBuf>,

    /// How many of the wrong ones to show
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub(crate) show: usize,

    /// Take every Nth pair
    #[arg(long, default_value_t = 1, value_name = "N")]
    pub(crate) every: usize,

    /// Print only the rows ALL
    #[arg(long)]
    pub(crate) brief: bool,

    /// Print stated confidence against what was right
    #[arg(long)]
    pub(crate) reliability: bool,

    #[command(flatten)]
    pub(crate) repairing: Repairing,
}

/// What is read.
#[derive(Debug, Args)]
#[command(next_help_heading = "Input")]
pub(crate) struct Input {
    /// Files and directories; `-` or none is standard input. .gz and .zst are decompressed
    #[arg(value_name = "FILE", value_hint = ValueHint::AnyPath)]
    pub(crate) files: Vec<PathBuf>,

    /// In directories, only files that this fits, such as *.jsonl or data/**; repeatable
    #[arg(long, value_name = "GLOB")]
    pub(crate) include: Vec<String>,

    /// In directories, no files or directories that this fits; repeatable
    #[arg(long, value_name = "GLOB")]
    pub(crate) exclude: Vec<String>,

    /// In directories, leave out what .gitignore and .ignore files leave out
    #[arg(long)]
    pub(crate) ignore_files: bool,

    /// The format; `auto` goes by the file's name, and is text for standard input
    #[arg(short, long, value_enum, default_value_t = FormatArg::Auto)]
    pub(crate) format: FormatArg,

    /// A column to work on [default: text; of `decode`: every text]; repeatable. JSON: a dotted path, arrays of strings too
    #[arg(short, long, value_name = "NAME")]
    pub(crate) column: Vec<String>,

    /// Work on every text, whatever its column
    #[arg(short, long)]
    pub(crate) all_columns: bool,

    /// CSV and TSV: what stands between fields [default: a comma, or a tab]
    #[arg(long, value_name = "CHAR", value_parser = delimiter)]
    pub(crate) delimiter: Option<u8>,

    /// CSV and TSV: the first record has no names; columns are numbers from 1
    #[arg(long)]
    pub(crate) no_header: bool,
}

impl Input {
    /// Tells `settings` which texts of a record to work on.
    pub(crate) fn tell(&self, settings: &mut Settings) {
        for column in &self.column {
            if !settings.columns.contains(column) {
                settings.columns.push(column.clone());
            }
        }
        if self.column.is_empty() {
            settings.columns.push("text".to_owned());
        }
        settings.all_columns = self.all_columns;
        settings.delimiter = self.delimiter;
        settings.no_header = self.no_header;
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FormatArg {
    /// By name (before .gz and .zst): .jsonl, .ndjson, .json, .csv, .tsv, .parquet, .warc, .wet; all else is text
    Auto,
    /// Lines of text; a window of 256 KiB is one document
    Text,
    /// One JSON object a line; each column is a document
    Jsonl,
    /// JSON documents; the elements of an array are records
    Json,
    /// Fields between commas, with names in the first record
    Csv,
    /// Fields between tabs, with names in the first record
    Tsv,
    /// Parquet files, also lists of strings
    Parquet,
    /// WARC and WET: records whose type is text
    Warc,
}

/// How it is repaired.
#[derive(Debug, Args)]
#[command(next_help_heading = "Repairing")]
pub(crate) struct Repairing {
    /// Make no repair below this confidence, 0 to 1
    #[arg(long, value_name = "P", value_parser = probability)]
    pub(crate) min_confidence: Option<Confidence>,

    /// What to do with characters that lost bytes
    #[arg(long, value_enum, default_value_t = GapsArg::Infer)]
    pub(crate) gaps: GapsArg,

    /// What a character that cannot be told is written as [default: U+FFFD]
    #[arg(long, value_name = "CHAR", hide_default_value = true, default_value_t = char::REPLACEMENT_CHARACTER)]
    pub(crate) gap_char: char,

    /// Undo this chain and no other, such as utf-8>gbk
    #[arg(long, value_name = "CHAIN")]
    pub(crate) chain: Option<Chain>,

    /// A chain that the data is known to have: likelier from the start; repeatable
    #[arg(long, value_name = "CHAIN")]
    pub(crate) expect: Vec<Chain>,

    /// Also repair damage that was escaped afterwards: &auml;, \u00e4, \xE4, %C3%A4; all other escapes stay
    #[arg(long)]
    pub(crate) escapes: bool,

    /// A model of your own, as `luanma train` writes it, instead of the embedded one
    #[arg(long, value_name = "FILE", value_parser = model, value_hint = ValueHint::FilePath)]
    pub(crate) model: Option<Model>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GapsArg {
    /// Restore what the remaining bytes and the context tell, mark the rest
    Infer,
    /// Mark every character that lost bytes
    Mark,
    /// Leave a stretch that lost bytes as it is
    Refuse,
}

/// How the run goes and what it tells.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Run")]
pub(crate) struct Running {
    /// Write every finding to FILE, one JSON object a line
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) report: Option<PathBuf>,

    /// Whether the report goes on after what is there.
    #[arg(skip)]
    pub(crate) append_report: bool,

    /// Write a page that shows every finding side by side, to be looked at in a browser
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) html: Option<PathBuf>,

    /// Threads [default: one for each processor]; the answer does not depend on it
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) threads: Option<u16>,

    /// Show a progress bar [default: where standard error is a terminal]
    #[arg(long, overrides_with = "no_progress")]
    pub(crate) progress: bool,

    /// Show no progress bar
    #[arg(long, overrides_with = "progress")]
    pub(crate) no_progress: bool,

    /// Print counts by verdict, chain and file on standard error
    #[arg(long, value_enum, num_args = 0..=1, require_equals = true, default_missing_value = "text", value_name = "HOW")]
    pub(crate) stats: Option<StatsArg>,

    /// Exit status 1 for any finding, also one that cannot be repaired
    #[arg(long)]
    pub(crate) strict: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StatsArg {
    /// Lines for a person
    Text,
    /// One JSON object
    Json,
}

fn delimiter(given: &str) -> Result<u8, String> {
    match given.as_bytes() {
        _ if given == "\\t" => Ok(b'\t'),
        &[b] if b.is_ascii() && !matches!(b, b'"' | b'\n' | b'\r') => Ok(b),
        _ => Err("not one ASCII character that may stand between fields".to_owned()),
    }
}

fn model(path: &str) -> Result<Model, String> {
    let bytes = std::fs::read(path).map_err(|e| e.to_string())?;
    Model::from_bytes(bytes).map_err(|e| e.to_string())
}

fn probability(given: &str) -> Result<Confidence, String> {
    match given.parse::<f64>() {
        Ok(p) if (0.0..=1.0).contains(&p) => Ok(Confidence::new(p)),
        _ => Err("not a number from 0 to 1".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_flags_fit_together() {
        super::Cli::command().debug_assert();
    }
}
