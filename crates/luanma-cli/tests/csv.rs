//! CSV and TSV: only the cells of the columns change, and only what is repaired is written anew.

mod common;

use common::{Dir, GARBLE, garble, luanma, unchanged};
use proptest::prelude::*;

#[test]
fn tables_stay_as_they_are_written() {
    for text in [
        "",
        "text",
        "text\n",
        "\"text\"\r\n",
        "a,text,b\n1,x,\n,,\n\n3,\"\",\"\"\"\"\r\n",
        "\u{feff}text,b\r\n\"a \"\"b\"\"\",1.50\r\n\"line\nline\r\n\",\"x\"",
        "\u{feff}\"text\",b\n\"a\",1\n",
        "b,text\n\"x\"y,\"a\" \n z \"q\",a\"b\n'a,b',\"\"\"\"\"\"\n",
        "text,text\n文字,\"文字\"\n",
        "b,text\n\"\r\n\",\"\"\n1,é\r2\n",
    ] {
        unchanged(&["fix", "-f", "csv"], text);
        unchanged(&["check", "-f", "csv"], "");
        let tabs = text.replace(',', "\t");
        unchanged(&["fix", "-f", "tsv"], &tabs);
        unchanged(&["fix", "-f", "tsv", "--all-columns"], &tabs);
    }
}

#[test]
fn only_the_columns_change() {
    let csv = |input: &str| garble(&["-f", "csv"], input);
    assert_eq!(
        csv("id,text,x\n文字,文字,文字\n2,\"文字\"\n\"文字,\n\",文字\r\n"),
        "id,text,x\n文字,鏂囧瓧,文字\n2,\"鏂囧瓧\"\n\"文字,\n\",鏂囧瓧\r\n"
    );
    assert_eq!(csv("text\n\"a,\"\"文字\"\"\n文字\",y"), "text\n\"a,\"\"鏂囧瓧\"\"\n鏂囧瓧\",y");
    assert_eq!(csv("\u{feff}\"te\"\"xt\",text\n文字,文字"), "\u{feff}\"te\"\"xt\",text\n文字,鏂囧瓧");
    assert_eq!(csv("文字,text\n文字,\"文字\" 文字\n"), "文字,text\n文字,\"鏂囧瓧\" 文字\n");
    assert_eq!(
        garble(&["-f", "tsv", "-c", "a", "-c", "c"], "a\tb\tc\n文字\t文字\ta\"文字\n"),
        "a\tb\tc\n鏂囧瓧\t文字\ta\"鏂囧瓧\n"
    );
    assert_eq!(
        garble(&["-f", "csv", "--delimiter", ";"], "a;text\n文字,;文字,\n"),
        "a;text\n文字,;鏂囧瓧,\n"
    );
    assert_eq!(
        garble(&["-f", "csv", "--no-header", "-c", "2"], "文字,文字\n文字,文字"),
        "文字,鏂囧瓧\n文字,鏂囧瓧"
    );
    assert_eq!(
        garble(&["-f", "csv", "--all-columns"], "文字,b\n文字,\"文字\",文字\n"),
        "文字,b\n鏂囧瓧,\"鏂囧瓧\",鏂囧瓧\n"
    );
    assert_eq!(csv("text,text\n文字,文字\n"), "text,text\n鏂囧瓧,鏂囧瓧\n");
}

#[test]
fn quotes_come_where_they_are_needed() {
    // The last byte of an odd number of Hanzi took the delimiter along, so that no other character shows it.
    let clean = "昨天他们去商店买东西，我给他写信了|他们高兴";
    let damaged = garble(&[], clean);
    assert!(!damaged.contains('|'), "{damaged}");
    let fix = |input: &str| {
        let ran = luanma(&["fix", "-f", "csv", "--delimiter", "|"], input);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{input}");
        ran.text().to_owned()
    };
    assert_eq!(fix(&format!("a|text\n1|{damaged}\n")), format!("a|text\n1|\"{clean}\"\n"));
    assert_eq!(
        fix(&format!("a|text|b\n1|x\"y {damaged}|\r\n")),
        format!("a|text|b\n1|\"x\"\"y {clean}\"|\r\n")
    );
    assert_eq!(
        fix(&format!("a|text|b\n1|\"x\"\"y {damaged}\"z|\r\n")),
        format!("a|text|b\n1|\"x\"\"y {clean}\"z|\r\n")
    );
}

#[test]
fn bad_records_are_told_and_pass() {
    let dir = Dir::new();
    let table = b"id,text,x\n1\n2,\xff,\n\"3\n\xff\",plain,\n4,\"open\n5,ok,\n";
    dir.put("a.csv", table);
    let ran = dir.run(&["fix", "a.csv"]);
    assert_eq!((ran.code, ran.out == table), (2, true));
    assert_eq!(
        ran.err.lines().collect::<Vec<_>>(),
        [
            "luanma: a.csv:2: no column `text`: 1 fields instead of 3",
            "luanma: a.csv:3: column `text` is not UTF-8",
            "luanma: a.csv:6: quote without an end",
        ]
    );
    dir.put("b.tsv", "id\tbody\n1\t文字\n");
    let ran = dir.run(&["fix", "b.tsv", "a.csv"]);
    assert_eq!((ran.code, ran.out.starts_with(b"id\tbody\n1\t")), (2, true));
    assert!(ran.err.starts_with("luanma: b.tsv:1: no column `text`\nluanma: a.csv:2:"), "{}", ran.err);
    for delimiter in ["", "ab", "\"", "，", "\n"] {
        assert_eq!(dir.run(&["fix", "--delimiter", delimiter, "a.csv"]).code, 2);
    }
}

#[test]
fn long_tables_are_cut_between_records_wherever_their_quotes_are() {
    let mut table = "id,text\r\n".to_owned();
    let mut expected = table.clone();
    for n in 0..30_000 {
        let (before, after) = match n % 5 {
            0 => ("文字", "鏂囧瓧"),
            1 => ("\"文字,\r\n\"\"\n\"", "\"鏂囧瓧,\r\n\"\"\n\""),
            2 => ("a\"文字", "a\"鏂囧瓧"),
            3 => ("\"\"", "\"\""),
            _ => ("\"x,y\n文字\"z", "\"x,y\n鏂囧瓧\"z"),
        };
        table += &format!("文字{n},{before}\r\n");
        expected += &format!("文字{n},{after}\r\n");
    }
    for threads in ["1", "3"] {
        assert!(garble(&["-f", "csv", "-j", threads], &table) == expected, "{threads} threads");
    }
    // A quote that is never closed takes its own record along and no more.
    let filler = "1,plain\n".repeat(2_500_000);
    let open = format!("id,text\n2,\"open\n{filler}3,文字\n");
    let ran = luanma(&[GARBLE, &["-f", "csv"]].concat(), &open);
    assert_eq!((ran.code, ran.err.as_str()), (2, "luanma: <stdin>:2: quote without an end\n"));
    assert!(ran.text() == open.replace("文字", "鏂囧瓧"));
}

#[test]
fn findings_have_line_record_and_column() {
    let dir = Dir::new();
    let clean = "昨天他们去商店买东西，我给他写信";
    let damaged = garble(&[], clean);
    let table = format!("id,text\n\"1\n\",\"x \"\"\n文 {damaged}\"\n2,{damaged}\n3,plain\n");
    dir.put("a.csv", &table);
    let ran = dir.run(&["fix", "a.csv", "--report", "report.jsonl"]);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    assert_eq!(ran.text(), table.replace(&damaged, clean));
    let report = String::from_utf8(dir.get("report.jsonl")).unwrap();
    let lines: Vec<serde_json::Value> = report.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let length = damaged.chars().count();
    let told: Vec<_> = lines
        .iter()
        .map(|l| ["line", "record", "start", "end"].map(|field| l[field].as_u64().unwrap() as usize))
        .collect();
    assert_eq!(told, [[4, 1, 6, 6 + length], [5, 2, 0, length]]);
    assert_eq!(lines[0]["column"], "text");
    let ran = dir.run(&["check", "a.csv"]);
    let places: Vec<_> = ran.text().lines().map(|line| line.split(' ').next().unwrap()).collect();
    assert_eq!((ran.code, places), (1, vec!["a.csv:4:3:", "a.csv:5:3:"]));
    let ran = dir.run(&["fix", "--stats", "a.csv"]);
    assert!(ran.err.contains(" 2 changed, 0 left alone"), "{}", ran.err);
}

/// A field, as it is written and as its damage is.
fn field() -> impl Strategy<Value = String> {
    let piece = || {
        prop_oneof![
            4 => "[a-z0-9 .'-]{0,6}".prop_map(|s| s),
            3 => Just("文字".to_owned()),
        ]
    };
    let pieces = |odd: BoxedStrategy<String>| {
        prop::collection::vec(prop_oneof![3 => piece().boxed(), 1 => odd], 0..5).prop_map(|p| p.concat())
    };
    let plain =
        pieces(prop::sample::select(vec!["\r", "\u{b}", "a\"", "x\"\"y"]).prop_map(str::to_owned).boxed());
    let quoted = pieces(
        prop::sample::select(vec!["\"\"", "\n", "\r\n", ",", "\t", ";", "\r"])
            .prop_map(str::to_owned)
            .boxed(),
    );
    prop_oneof![
        3 => plain.prop_map(|s| s.trim_start_matches('"').trim_end_matches('\r').to_owned()),
        3 => quoted.prop_map(|s| format!("\"{s}\"")),
        1 => Just(String::new()),
        1 => "-?[0-9]{1,9}(\\.[0-9]{0,4}0)?(e\\+?[0-9])?",
    ]
}

proptest! {
    #![proptest_config(common::config(96))]

    /// A table comes out byte for byte, and damage changes exactly the cells of its column.
    #[test]
    fn any_table_passes(
        rows in prop::collection::vec(prop::collection::vec(field(), 3..6), 0..12),
        column in 0..3usize,
        delimiter in prop::sample::select(vec![b',', b'\t', b';']),
        crlf in any::<bool>(),
        ended in any::<bool>(),
        bom in any::<bool>(),
        repeat in prop_oneof![4 => Just(1usize), 1 => 1..3000usize],
    ) {
        let end = if crlf { "\r\n" } else { "\n" };
        let delimiter = char::from(delimiter).to_string();
        let header = (0..5).map(|n| if n == column { "text".to_owned() } else { format!("\"c{n}\"") });
        let header = header.collect::<Vec<_>>().join(&delimiter);
        let plain = |cell: &String| !cell.starts_with('"') && cell.contains(&delimiter);
        let rows: Vec<Vec<String>> = rows.into_iter()
            .map(|row| row.into_iter().map(|cell| if plain(&cell) { format!("\"{cell}\"") } else { cell }).collect())
            .collect();
        let write = |damaged: bool| {
            let mut lines = Vec::new();
            for row in &rows {
                let cells = row.iter().enumerate().map(|(n, cell)| {
                    if damaged && n == column { cell.replace("文字", "鏂囧瓧") } else { cell.clone() }
                });
                lines.push(cells.collect::<Vec<_>>().join(&delimiter));
            }
            let mut text = if bom { "\u{feff}".to_owned() } else { String::new() };
            text.push_str(&header);
            text.push_str(end);
            let mut body = lines.join(end);
            if ended && !lines.is_empty() {
                body.push_str(end);
            }
            text.push_str(&if ended { body.repeat(repeat) } else { body });
            text
        };
        let input = write(false);
        let args = ["-f", "csv", "--delimiter", &delimiter];
        let ran = luanma(&[&["fix"], &args[..]].concat(), &input);
        prop_assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        prop_assert!(ran.text() == input, "{:?} became {:?}", input, ran.text());
        let ran = luanma(&[GARBLE, &args[..]].concat(), &input);
        prop_assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        prop_assert!(ran.text() == write(true), "{:?} became {:?}", input, ran.text());
    }
}
