//! `cargo dev tables`: the data of `src/codec/data/` that encoding_rs does not hold.
//!
//! `--mode write` makes the files, `--mode check` fails where one on disk differs, `--mode dump` prints how
//! encoding_rs decodes every one- and two-byte sequence (the input of `scripts/vendor_tables.py`).

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, SHIFT_JIS};

/// Runs the command with the arguments after `tables`.
pub(crate) fn run(args: &[String]) -> Result<()> {
    let mode = match args {
        [flag, mode] if flag == "--mode" => mode.as_str(),
        [] => "check",
        _ => bail!("usage: cargo dev tables [--mode write|check|dump]"),
    };
    if mode == "dump" {
        std::io::stdout().write_all(dump().as_bytes())?;
        return Ok(());
    }
    ensure!(matches!(mode, "write" | "check"), "--mode must be write, check or dump");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let data = root.join("src/codec/data");
    let files: [(PathBuf, String); 3] = [
        (data.join("pages.rs"), pages()),
        (data.join("gb18030_ranges.rs"), gb18030_ranges()?),
        (data.join("vendor.rs"), vendor(&root.join("crates/luanma-dev/scripts/vendor_tables.py"))?),
    ];
    let scan = root.join("src/scan/tables.bin");
    let made = luanma::train::scan_tables(luanma::Model::embedded());
    if mode == "write" {
        std::fs::write(&scan, made).with_context(|| scan.display().to_string())?;
    } else {
        let old = std::fs::read(&scan).with_context(|| scan.display().to_string())?;
        ensure!(old == made, "{} is stale: run `cargo dev tables --mode write`", scan.display());
    }
    for (path, text) in files {
        if mode == "write" {
            std::fs::write(&path, text).with_context(|| path.display().to_string())?;
        } else {
            let old = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            ensure!(old == text, "{} is stale: run `cargo dev tables --mode write`", path.display());
        }
    }
    Ok(())
}

/// The code points of `bytes`, or none where encoding_rs refuses them.
fn decode(encoding: &'static Encoding, bytes: &[u8]) -> Option<Vec<char>> {
    Some(encoding.decode_without_bom_handling_and_without_replacement(bytes)?.chars().collect())
}

/// One line a sequence: `codec hex-bytes hex-code-point …`.
fn dump() -> String {
    let mut out = String::new();
    for (name, encoding) in [
        ("gbk", GBK),
        ("gb18030", GB18030),
        ("big5", BIG5),
        ("shift_jis", SHIFT_JIS),
        ("euc-jp", EUC_JP),
        ("euc-kr", EUC_KR),
    ] {
        for lead in 0x80..=0xFF_u8 {
            if let Some(chars) = decode(encoding, &[lead]) {
                let _ = writeln!(out, "{name} {lead:02x} {:04x}", u32::from(chars[0]));
                continue;
            }
            for trail in 0..=0xFF_u8 {
                let Some(chars) = decode(encoding, &[lead, trail]) else { continue };
                let _ = write!(out, "{name} {lead:02x}{trail:02x}");
                for c in chars {
                    let _ = write!(out, " {:04x}", u32::from(c));
                }
                out.push('\n');
            }
        }
    }
    out
}

/// The code pages that encoding_rs lacks, from oem_cp.
fn pages() -> String {
    use oem_cp::code_table::{
        DECODING_TABLE_CP437, DECODING_TABLE_CP850, DECODING_TABLE_CP852, DECODING_TABLE_CP857,
    };
    let mut out = String::from(
        "// Made by `cargo dev tables --mode write` from oem_cp 2.1.2. Do not edit.\n\
         //! Single-byte code pages that encoding_rs lacks: bytes 80 to FF, U+0000 where a byte means nothing.\n",
    );
    let whole = |table: &[char; 128]| table.map(Some);
    for (name, table) in [
        ("437", whole(&DECODING_TABLE_CP437)),
        ("850", whole(&DECODING_TABLE_CP850)),
        ("852", whole(&DECODING_TABLE_CP852)),
        ("857", DECODING_TABLE_CP857),
    ] {
        let _ = write!(
            out,
            "\n/// Code page {name}.\n#[rustfmt::skip]\npub(crate) static CP{name}: [u16; 128] = ["
        );
        for (i, c) in table.iter().enumerate() {
            out.push_str(if i % 16 == 0 { "\n   " } else { "" });
            let _ = write!(out, " 0x{:04X},", c.map_or(0, u32::from));
        }
        out.push_str("\n];\n");
    }
    out
}

/// The four-byte sequences of GB18030 that stand for characters of the basic plane, as ranges.
fn gb18030_ranges() -> Result<String> {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    let mut last: Option<(u32, u32)> = None;
    let mut end = 0;
    for pointer in 0..39_420_u32 {
        let bytes = four(pointer);
        let Some(chars) = decode(GB18030, &bytes) else { continue };
        // The one exception to the order: U+E7C7 stands where U+1E3F would.
        let code = if pointer == 7457 { 0x1E3F } else { u32::from(chars[0]) };
        if last != Some((pointer.wrapping_sub(1), code.wrapping_sub(1))) {
            ranges.push((pointer, code));
        }
        last = Some((pointer, code));
        end = pointer + 1;
    }
    ensure!(decode(GB18030, &four(7457)) == Some(vec!['\u{E7C7}']), "pointer 7457");
    ensure!(end == 39_420, "the last pointer is {end}");
    for (pointer, code) in [(189_000, 0x1_0000), (1_237_575, 0x10_FFFF)] {
        ensure!(decode(GB18030, &four(pointer)).is_some_and(|c| u32::from(c[0]) == code), "{pointer}");
    }
    ensure!(decode(GB18030, &four(39_420)).is_none() && decode(GB18030, &four(1_237_576)).is_none(), "ends");
    let mut out = String::from(
        "// Made by `cargo dev tables --mode write` from encoding_rs 0.8.44. Do not edit.\n\
         //! GB18030's four-byte sequences below 84 31 A5 30, as ranges.\n\n\
         /// First pointer (of 39,420) and first code point of each range, in order of both. The one exception,\n\
         /// pointer 7457 (U+E7C7), counts as the U+1E3F that would stand there.\n\
         #[rustfmt::skip]\n",
    );
    let _ = write!(out, "pub(crate) static RANGES: [(u16, u16); {}] = [", ranges.len());
    for (i, (pointer, code)) in ranges.iter().enumerate() {
        out.push_str(if i % 6 == 0 { "\n   " } else { "" });
        let _ = write!(out, " ({pointer}, 0x{code:04X}),");
    }
    out.push_str("\n];\n");
    Ok(out)
}

/// The four bytes of a GB18030 pointer.
#[allow(clippy::cast_possible_truncation)]
fn four(pointer: u32) -> [u8; 4] {
    [
        (0x81 + pointer / 12_600) as u8,
        (0x30 + pointer / 1_260 % 10) as u8,
        (0x81 + pointer / 10 % 126) as u8,
        (0x30 + pointer % 10) as u8,
    ]
}

/// What the script makes of the dump.
fn vendor(script: &Path) -> Result<String> {
    let mut python = Command::new("python3")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .context("python3")?;
    let mut input = python.stdin.take().context("standard input")?;
    let writer = std::thread::spawn(move || input.write_all(dump().as_bytes()));
    let done = python.wait_with_output()?;
    ensure!(done.status.success(), "{} failed", script.display());
    writer.join().map_err(|_| anyhow::anyhow!("the writer panicked"))??;
    Ok(String::from_utf8(done.stdout)?)
}
