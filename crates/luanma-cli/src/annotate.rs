//! Findings, and how they are written as JSON: annotations of records and lines of a report.

use luanma::{Chain, Confidence, Repair, Treatment, Verdict};
use serde_json::{Map, Value, json};

use crate::identity::Identity;

/// One damaged stretch, as a reader of the output sees it. Offsets count Unicode scalar values.
#[derive(Clone, Debug)]
pub(crate) struct Finding {
    /// Lines of the block before it.
    pub(crate) line: u64,
    /// Characters of that line before it: of a JSON record as it is written, escapes and all.
    pub(crate) place: u64,
    /// Records of the block before its own, where a record may have several lines or a line several records.
    pub(crate) record: Option<u64>,
    /// The column, where the format has columns.
    pub(crate) column: Option<String>,
    /// Where it begins in the column's text, or in the line.
    pub(crate) start: u64,
    /// Where it ends, likewise.
    pub(crate) end: u64,
    pub(crate) original: String,
    pub(crate) text: String,
    pub(crate) chain: Option<Chain>,
    pub(crate) treatment: Option<Treatment>,
    pub(crate) verdict: Verdict,
    pub(crate) confidence: Confidence,
    pub(crate) gaps: Vec<Mark>,
    pub(crate) restored: Vec<Mark>,
}

/// A character of a repair that lost bytes.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    /// Characters of the repair's text before it.
    pub(crate) at: usize,
    pub(crate) character: char,
    pub(crate) loss: &'static str,
    /// How likely it is the right one; none for a gap.
    pub(crate) probability: Option<f64>,
    pub(crate) alternatives: Vec<(char, f64)>,
}

/// The gaps and the restored characters of a repair.
pub(crate) fn marks(repair: &Repair) -> (Vec<Mark>, Vec<Mark>) {
    let mark = |at: usize, loss: luanma::Loss, probability, alternatives: &Vec<(char, f64)>| {
        let before = repair.text.get(..at).unwrap_or(&repair.text);
        Mark {
            at: before.chars().count(),
            character: repair.text[before.len()..].chars().next().unwrap_or_default(),
            loss: loss.name(),
            probability,
            alternatives: alternatives.clone(),
        }
    };
    (
        repair.gaps.iter().map(|g| mark(g.at, g.loss, None, &g.alternatives)).collect(),
        repair.restored.iter().map(|r| mark(r.at, r.loss, Some(r.probability), &r.alternatives)).collect(),
    )
}

impl Finding {
    /// The finding that `repair` of a stretch that reads `original` is.
    pub(crate) fn new(repair: &Repair, original: &str, line: u64, place: u64, start: u64) -> Self {
        let (gaps, restored) = marks(repair);
        Self {
            line,
            place,
            record: None,
            column: None,
            start,
            end: start + original.chars().count() as u64,
            original: original.to_owned(),
            text: repair.text.clone(),
            chain: repair.chain,
            treatment: repair.treatment,
            verdict: repair.verdict,
            confidence: repair.confidence,
            gaps,
            restored,
        }
    }

    fn to_json(&self) -> Map<String, Value> {
        let mut object = Map::new();
        if let Some(column) = &self.column {
            object.insert("column".to_owned(), json!(column));
        }
        for (name, value) in [
            ("start", json!(self.start)),
            ("end", json!(self.end)),
            ("text", json!(self.text)),
            ("chain", json!(self.chain.as_ref().map(ToString::to_string))),
            ("treatment", json!(self.treatment.map(Treatment::name))),
            ("verdict", json!(self.verdict.name())),
            ("confidence", json!(self.confidence.get())),
            ("gaps", marks_json(&self.gaps)),
            ("restored", marks_json(&self.restored)),
        ] {
            object.insert(name.to_owned(), value);
        }
        object
    }

    /// The line of a report. `begun` characters of the line and `records` of the file were in the blocks before.
    pub(crate) fn report(
        &self,
        file: &str,
        line: u64,
        identity: &Identity,
        begun: u64,
        records: u64,
    ) -> Value {
        let mut object = Map::new();
        object.insert("file".to_owned(), json!(file));
        object.insert("line".to_owned(), json!(line));
        if let Some(record) = self.record {
            object.insert("record".to_owned(), json!(records + record + 1));
        }
        // Inside of a record offsets are those of the column's text, wherever that stands.
        let begun = if self.record.is_none() && self.column.is_none() { begun } else { 0 };
        let mut fields = self.to_json();
        if let Some(column) = fields.shift_remove("column") {
            object.insert("column".to_owned(), column);
        }
        fields.shift_remove("start");
        fields.shift_remove("end");
        object.insert("start".to_owned(), json!(begun + self.start));
        object.insert("end".to_owned(), json!(begun + self.end));
        object.insert("original".to_owned(), json!(self.original));
        object.append(&mut fields);
        object.insert("version".to_owned(), json!(identity.version));
        object.insert("model".to_owned(), json!(identity.model));
        Value::Object(object)
    }
}

/// The annotation of a record with these findings. Where several columns are worked on, each repair says
/// in which it stands.
pub(crate) fn annotation(findings: &[Finding], several: bool) -> Value {
    let verdict = findings.iter().map(|f| f.verdict).max().unwrap_or(Verdict::Clean);
    let confidence = findings.iter().map(|f| f.confidence).min().unwrap_or(Confidence::ONE);
    let repairs: Vec<_> = findings
        .iter()
        .map(|finding| {
            let mut repair = finding.to_json();
            if !several {
                repair.shift_remove("column");
            }
            repair
        })
        .collect();
    json!({ "verdict": verdict.name(), "confidence": confidence.get(), "repairs": repairs })
}

fn marks_json(marks: &[Mark]) -> Value {
    marks.iter().map(Mark::to_json).collect()
}

impl Mark {
    /// The gap that takes the place of a restored character; what it was is its likeliest alternative.
    pub(crate) fn into_gap(mut self) -> Self {
        if let Some(probability) = self.probability.take() {
            self.alternatives.insert(0, (self.character, probability));
        }
        self
    }

    pub(crate) fn to_json(&self) -> Value {
        let mut object = Map::new();
        object.insert("at".to_owned(), json!(self.at));
        object.insert("loss".to_owned(), json!(self.loss));
        if let Some(probability) = self.probability {
            object.insert("character".to_owned(), json!(self.character));
            object.insert("probability".to_owned(), json!(round(probability)));
        }
        let alternatives: Vec<_> = self.alternatives.iter().map(|&(c, p)| json!([c, round(p)])).collect();
        object.insert("alternatives".to_owned(), json!(alternatives));
        Value::Object(object)
    }
}

/// Four digits tell enough.
pub(crate) fn round(probability: f64) -> f64 {
    (probability * 10_000.0).round() / 10_000.0
}
