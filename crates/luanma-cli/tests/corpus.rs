//! The corpus through the program: what it writes is what the library says.
#![allow(clippy::unwrap_used)]

mod common;

use std::fs;
use std::path::PathBuf;

use common::luanma;
use luanma::{Repairer, Scratch};
use serde_json::{Value, json};

#[test]
fn every_case_comes_out_as_from_the_library() {
    let mut texts = Vec::new();
    for name in ["wild-like", "synthetic", "negative", "known-failures"] {
        let path: PathBuf =
            [env!("CARGO_MANIFEST_DIR"), "../../corpus/cases", &format!("{name}.toml")].iter().collect();
        let table: toml::Table = fs::read_to_string(path).unwrap().parse().unwrap();
        let Some(toml::Value::Array(cases)) = table.get("case") else { continue };
        texts.extend(cases.iter().map(|case| case["text"].as_str().unwrap().to_owned()));
    }
    assert!(texts.len() > 400, "{} cases", texts.len());
    let (repairer, mut scratch) = (Repairer::new(), Scratch::default());
    let records: String =
        texts.iter().map(|text| json!({ "id": 1, "text": text }).to_string() + "\n").collect();
    let ran = luanma(&["fix", "-f", "jsonl", "-c", "text", "-j", "2"], &records);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert_eq!(ran.text().lines().count(), texts.len());
    for (line, text) in ran.text().lines().zip(&texts) {
        let record: Value = serde_json::from_str(line).unwrap();
        assert_eq!(record["text"], *repairer.report_with(text, &mut scratch).text, "{text:?}");
    }
}
