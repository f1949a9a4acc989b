//! WARC, and WET: the text of each record whose type is text is a document. Its length and its digests are made right
//! again; other records are written byte for byte.

use std::ops::Range;

use luanma::{Scratch, Verdict};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::{Context, Cut};
use crate::annotate::Finding;
use crate::garble;
use crate::input::WINDOW;
use crate::text::{Place, characters};
use crate::work::{Edit, Problem, Settings, Tally, Worked, Worker};

/// How a record begins.
const MAGIC: &[u8] = b"WARC/";

/// The fields at the beginning of a record are not longer than this.
const HEAD_MAX: usize = 1 << 20;

/// What stands at a place where a record should.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Look {
    Record(Layout),
    /// The record goes on; this many bytes of it are needed.
    Short(usize),
    /// No record, up to this place at least.
    Nothing(usize),
}

/// Where the parts of a record end, from its beginning.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Layout {
    head: usize,
    content: usize,
    end: usize,
}

fn look(bytes: &[u8], ended: bool) -> Look {
    let magic = bytes.len().min(MAGIC.len());
    if bytes[..magic] != MAGIC[..magic] || magic < MAGIC.len() && ended {
        let next = memchr::memmem::find(bytes.get(1..).unwrap_or_default(), b"\nWARC/").map(|next| next + 2);
        // The beginning of a record may be cut in two.
        let rest = if ended { bytes.len() } else { bytes.len().saturating_sub(MAGIC.len()).max(1) };
        return Look::Nothing(next.unwrap_or(rest));
    }
    let Some(head) = head(&bytes[..bytes.len().min(HEAD_MAX)]) else {
        let next = memchr::memmem::find(&bytes[magic..], b"\nWARC/").map(|next| magic + next + 1);
        return match next {
            _ if bytes.len() < HEAD_MAX && !ended => Look::Short(bytes.len() + WINDOW),
            Some(next) => Look::Nothing(next),
            None => Look::Nothing(bytes.len()),
        };
    };
    let length = field(&bytes[..head], "content-length")
        .and_then(|place| std::str::from_utf8(&bytes[place]).ok()?.parse::<usize>().ok());
    let Some(content) = length.and_then(|length| head.checked_add(length)) else {
        return Look::Nothing(head);
    };
    if content > bytes.len() {
        return Look::Short(content.saturating_add(4));
    }
    // Two line ends follow; what is there of them belongs to the record.
    let mut end = content;
    for _ in 0..2 {
        match &bytes[end..] {
            [b'\r', b'\n', ..] => end += 2,
            [b'\n', ..] => end += 1,
            [] | [b'\r'] if !ended => return Look::Short(content.saturating_add(4)),
            _ => {}
        }
    }
    Look::Record(Layout { head, content, end })
}

/// Where the fields end, with the empty line after them.
fn head(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        let end = at + memchr::memchr(b'\n', &bytes[at..])? + 1;
        if matches!(&bytes[at..end], b"\n" | b"\r\n") {
            return Some(end);
        }
        at = end;
    }
}

/// Where the value of the field `name`, in small letters, stands.
fn field(head: &[u8], name: &str) -> Option<Range<usize>> {
    let mut at = 0;
    for line in head.split_inclusive(|&b| b == b'\n') {
        let start = at;
        at += line.len();
        let Some(colon) = memchr::memchr(b':', line) else { continue };
        if line[..colon].trim_ascii().eq_ignore_ascii_case(name.as_bytes()) {
            let value = &line[colon + 1..];
            let from = start + colon + 1 + (value.len() - value.trim_ascii_start().len());
            return Some(from..from + value.trim_ascii().len());
        }
    }
    None
}

/// Where the type of the content names its codec.
fn charset(head: &[u8]) -> Option<Range<usize>> {
    let kind = field(head, "content-type")?;
    let value = head[kind.clone()].to_ascii_lowercase();
    let mut start = memchr::memmem::find(&value, b"charset=")? + b"charset=".len();
    start += usize::from(value.get(start) == Some(&b'"'));
    let length = value[start..].iter().position(|&b| b == b'"' || b == b';' || b.is_ascii_whitespace());
    Some(kind.start + start..length.map_or(kind.end, |length| kind.start + start + length))
}

/// Finds the ends of records.
#[derive(Debug, Default)]
pub(crate) struct Cutter {
    /// Where the record begins that is looked at.
    at: usize,
}

impl Cutter {
    pub(crate) fn cut(&mut self, buffer: &[u8]) -> Cut {
        loop {
            match look(&buffer[self.at..], false) {
                Look::Record(layout) => self.at += layout.end,
                Look::Nothing(end) => self.at += end,
                Look::Short(_) if self.at > 0 => return Cut::At(self.at),
                Look::Short(needed) => return Cut::More(needed.max(buffer.len() + 1)),
            }
            if self.at + MAGIC.len() >= buffer.len() && self.at > 0 {
                return Cut::At(self.at);
            }
        }
    }

    pub(crate) fn take(&mut self, block: &[u8]) -> Context {
        self.at = self.at.saturating_sub(block.len());
        Context::None
    }
}

pub(crate) fn work(worked: &mut Worked, worker: &mut Worker, settings: &Settings) {
    let Worked { block, edits, findings, problems, tally, records, members, .. } = worked;
    let bytes = &*block.bytes;
    let mut at = 0;
    let mut place = Place::default();
    while at < bytes.len() {
        let rest = &bytes[at..];
        let start = at;
        let problem = match look(rest, true) {
            Look::Record(layout) => {
                members.push(start);
                at += layout.end;
                let record = Record { bytes, start, number: *records, settings, edits, findings, tally };
                *records += 1;
                record.work(&layout, &mut place, &mut worker.scratch)
            }
            Look::Short(_) => {
                members.push(start);
                *records += 1;
                at = bytes.len();
                Err("the record is cut short".to_owned())
            }
            Look::Nothing(end) => {
                at += end.max(1);
                Err("not a WARC record".to_owned())
            }
        };
        if let Err(what) = problem {
            place.go(bytes, start);
            tally.passed += 1;
            problems.push(Problem { line: place.line, character: None, what });
        }
    }
}

struct Record<'a> {
    bytes: &'a [u8],
    start: usize,
    number: u64,
    settings: &'a Settings,
    edits: &'a mut Vec<Edit>,
    findings: &'a mut Vec<Finding>,
    tally: &'a mut Tally,
}

impl Record<'_> {
    fn work(self, layout: &Layout, place: &mut Place, scratch: &mut Scratch) -> Result<(), String> {
        let Self { bytes, start, number, settings, .. } = self;
        let record = &bytes[start..];
        let head = &record[..layout.head];
        let value = |name: &str| field(head, name).map(|place| &record[place]);
        let is_text = |kind: &[u8]| kind.get(..5).is_some_and(|kind| kind.eq_ignore_ascii_case(b"text/"));
        if !value("content-type").is_some_and(is_text) {
            return Ok(());
        }
        if value("warc-segment-number").is_some() {
            return Err("a piece of a text, which is left as found".to_owned());
        }
        let content = &record[layout.head..layout.content];
        let mut tally = Tally::default();
        let Some(text) = settings.text(content, &mut tally.decoded) else {
            return Err("not UTF-8".to_owned());
        };
        let text = &*text;
        let decoded = text.as_bytes() != content;
        let mut edits = Vec::new();
        let mut findings = Vec::new();
        let new;
        if settings.no_repair {
            new = text.to_owned();
        } else if let Some(garbler) = &settings.garbler {
            new = garbler.garble(text).ok_or(garble::NOT_GARBLED)?.text;
            edits.push(Edit {
                start: start + layout.head,
                end: start + layout.content,
                with: new.clone(),
                aside: false,
            });
        } else {
            let report = settings.repairer().report_with(text, scratch);
            let (mut at, mut before) = (0, 0);
            if decoded {
                place.go(bytes, start + layout.head);
            }
            for repair in &report.repairs {
                let Some(original) = text.get(repair.start..repair.end) else { continue };
                tally.count(repair.verdict, repair.chain);
                let from = start + layout.head + repair.start;
                if settings.findings {
                    before += characters(&text.as_bytes()[at..repair.start]);
                    at = repair.start;
                    if !decoded {
                        place.go(bytes, from);
                    }
                    let mut finding = Finding::new(repair, original, place.line, place.column, before);
                    finding.record = Some(number);
                    findings.push(finding);
                }
                if repair.verdict != Verdict::Unrepaired && repair.text != original {
                    let end = from + original.len();
                    edits.push(Edit { start: from, end, with: repair.text.clone(), aside: false });
                }
            }
            new = report.text.into_owned();
        }
        if decoded {
            let (start, end) = (start + layout.head, start + layout.content);
            edits = vec![Edit { start, end, with: new.clone(), aside: false }];
        }
        if new.as_bytes() == content {
            edits.clear();
        } else {
            let mut fields = fields(head, content, new.as_bytes(), decoded)?;
            for edit in &mut fields {
                edit.start += start;
                edit.end += start;
            }
            self.edits.append(&mut fields);
            self.edits.append(&mut edits);
            self.tally.changed += 1;
        }
        self.findings.append(&mut findings);
        self.tally.add(&tally);
        tally.decoded.bad().map_or(Ok(()), Err)
    }
}

/// What has to be said otherwise in `head` when `new` takes the place of `old`; in order.
fn fields(head: &[u8], old: &[u8], new: &[u8], decoded: bool) -> Result<Vec<Edit>, String> {
    let mut edits = Vec::new();
    if let Some(place) = charset(head).filter(|_| decoded) {
        edits.push(Edit { start: place.start, end: place.end, with: "utf-8".to_owned(), aside: true });
    }
    if let Some(place) = field(head, "content-length") {
        edits.push(Edit { start: place.start, end: place.end, with: new.len().to_string(), aside: true });
    }
    for name in ["warc-block-digest", "warc-payload-digest"] {
        let Some(place) = field(head, name) else { continue };
        let value = &head[place.clone()];
        match digest_anew(value, old, new) {
            Some(with) => edits.push(Edit { start: place.start, end: place.end, with, aside: true }),
            // A payload may be another than what stands here.
            None if name == "warc-payload-digest" => {}
            None => return Err("its digest does not fit, and it is left as found".to_owned()),
        }
    }
    edits.sort_by_key(|edit| edit.start);
    Ok(edits)
}

/// The digest of `new`, in the way in which `value` says that of `old`; none if it does not.
fn digest_anew(value: &[u8], old: &[u8], new: &[u8]) -> Option<String> {
    let (name, said) = std::str::from_utf8(value).ok()?.split_once(':')?;
    let digest = |content: &[u8]| -> Option<Vec<u8>> {
        Some(match name.to_ascii_lowercase().as_str() {
            "sha1" | "sha-1" => Sha1::digest(content).to_vec(),
            "sha256" | "sha-256" => Sha256::digest(content).to_vec(),
            "sha512" | "sha-512" => Sha512::digest(content).to_vec(),
            "md5" => Md5::digest(content).to_vec(),
            _ => return None,
        })
    };
    let old = digest(old)?;
    let writings: [fn(&[u8]) -> String; 6] = [
        base32,
        |bytes| base32(bytes).to_ascii_lowercase(),
        |bytes| base32(bytes).trim_end_matches('=').to_owned(),
        |bytes| base32(bytes).trim_end_matches('=').to_ascii_lowercase(),
        hexadecimal,
        |bytes| hexadecimal(bytes).to_ascii_uppercase(),
    ];
    let writing = writings.iter().find(|writing| writing(&old) == said)?;
    Some(format!("{name}:{}", writing(&digest(new)?)))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Base 32 as RFC 4648 has it.
fn base32(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut out = String::new();
    for five in bytes.chunks(5) {
        let mut bits = [0; 8];
        bits[3..3 + five.len()].copy_from_slice(five);
        let bits = u64::from_be_bytes(bits);
        for digit in 0..8 {
            let there = digit * 5 < five.len() * 8;
            let digit = DIGITS[(bits >> (35 - 5 * digit)) as usize & 31];
            out.push(if there { char::from(digit) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_written_as_they_were() {
        assert_eq!(base32(b""), "");
        assert_eq!(base32(b"f"), "MY======");
        assert_eq!(base32(b"foobar"), "MZXW6YTBOI======");
        let anew = |value: &str| digest_anew(value.as_bytes(), b"abc", b"");
        let of_abc = "a9993e364706816aba3e25717850c26c9cd0d89d";
        let of_none = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
        assert_eq!(anew(&format!("sha1:{of_abc}")), Some(format!("sha1:{of_none}")));
        assert_eq!(
            anew(&format!("SHA1:{}", of_abc.to_uppercase())),
            Some(format!("SHA1:{}", of_none.to_uppercase()))
        );
        assert_eq!(
            anew("sha1:VGMT4NSHA2AWVOR6EVYXQUGCNSONBWE5").as_deref(),
            Some("sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ")
        );
        assert_eq!(
            anew("md5:900150983cd24fb0d6963f7d28e17f72").as_deref(),
            Some("md5:d41d8cd98f00b204e9800998ecf8427e")
        );
        assert_eq!(anew("sha1:3I42H3S6NNFQ2MSVX7XZKYAYSCX5QBYJ"), None);
        assert_eq!(anew("crc32:1"), None);
    }

    #[test]
    fn records_are_measured() {
        let record = b"WARC/1.0\r\nX: y\r\nContent-Length: 3\r\n\r\nabc\r\n\r\nWARC/1.0";
        let layout = Layout { head: 37, content: 40, end: 44 };
        assert_eq!(look(record, false), Look::Record(layout.clone()));
        assert_eq!(look(&record[..44], true), Look::Record(layout));
        for length in 0..44 {
            assert!(matches!(look(&record[..length], false), Look::Short(_)), "{length}");
        }
        assert_eq!(look(&record[..39], true), Look::Short(44));
        assert_eq!(look(b"nonsense\nWARC/1.0\r\n", false), Look::Nothing(9));
        assert_eq!(look(b"WARC/1.0\r\nX: y\r\n\r\nabc", true), Look::Nothing(18));
    }
}
