//! What a run can be undone by: which bytes of the output each repair wrote, and what stood there.

use luanma::Verdict;
use serde_json::{Map, Value, json};

use crate::annotate::Finding;
use crate::work::Edit;

/// What one finding changed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Change<'e> {
    /// What the repair itself changed, and where that stands in the output.
    pub(crate) own: Option<(&'e Edit, u64)>,
    /// The annotation of a record of the block. There are no more of them than findings.
    also: Option<(&'e Edit, u64)>,
    /// What the record says of itself and had to say otherwise: lengths and digests.
    fields: Vec<(&'e Edit, u64)>,
}

/// The changes of a block's findings, one for each. `written` bytes of the output come before the block.
///
/// Formats give both lists in the order of the block. Where they do not fit each other, no change is told, and the run
/// cannot be undone there.
pub(crate) fn changes<'e>(edits: &'e [Edit], findings: &[Finding], written: u64) -> Vec<Change<'e>> {
    let mut changes = vec![Change::default(); findings.len()];
    let mut changed =
        findings.iter().enumerate().filter(|(_, f)| f.verdict != Verdict::Unrepaired && f.text != f.original);
    let (mut longer, mut shorter) = (0, 0);
    // They stand before the texts of their record.
    let mut fields = Vec::new();
    for edit in edits {
        let at = written + edit.start as u64 + longer - shorter;
        longer += edit.with.len() as u64;
        shorter += (edit.end - edit.start) as u64;
        if edit.aside && !is_annotation(edit) {
            fields.push((edit, at));
            continue;
        }
        if edit.aside {
            // Whose record it is does not matter to who undoes it: all that counts is its place.
            match changes.iter_mut().find(|change| change.also.is_none()) {
                Some(change) => change.also = Some((edit, at)),
                None => return vec![Change::default(); findings.len()],
            }
            continue;
        }
        let Some((n, _)) = changed.next() else { return vec![Change::default(); findings.len()] };
        changes[n].own = Some((edit, at));
        changes[n].fields = std::mem::take(&mut fields);
    }
    if !fields.is_empty() || changed.next().is_some() {
        return vec![Change::default(); findings.len()];
    }
    changes
}

/// Whether what it writes beside a repair is an annotation.
fn is_annotation(edit: &Edit) -> bool {
    edit.start == edit.end || edit.with.starts_with("{\"verdict\":")
}

impl Change<'_> {
    /// Adds to the line of a report what undoes the finding. `bytes` are the block's.
    pub(crate) fn tell(&self, object: &mut Map<String, Value>, finding: &Finding, bytes: &[u8]) {
        let was = |edit: &Edit| bytes.get(edit.start..edit.end).and_then(|was| std::str::from_utf8(was).ok());
        if let Some((edit, at)) = self.own
            && let Some(was) = was(edit)
        {
            object.insert("at".to_owned(), json!(at));
            if was != finding.original {
                object.insert("was".to_owned(), json!(was));
            }
            if edit.with != finding.text {
                object.insert("now".to_owned(), json!(edit.with));
            }
        }
        if let Some((edit, at)) = self.also
            && let Some(was) = was(edit)
        {
            let also = json!({ "at": at, "was": was, "length": edit.with.len() });
            object.insert("annotation".to_owned(), also);
        }
        let fields: Vec<_> = self
            .fields
            .iter()
            .filter_map(|(edit, at)| Some(json!({ "at": at, "was": was(edit)?, "now": edit.with })))
            .collect();
        if !fields.is_empty() {
            object.insert("fields".to_owned(), Value::Array(fields));
        }
    }
}

/// How many bytes a block becomes.
pub(crate) fn length(bytes: &[u8], edits: &[Edit]) -> u64 {
    let longer: usize = edits.iter().map(|edit| edit.with.len()).sum();
    let shorter: usize = edits.iter().map(|edit| edit.end - edit.start).sum();
    (bytes.len() + longer - shorter) as u64
}
