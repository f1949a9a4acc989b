//! Raw bytes of unknown codec through the program.

mod common;

use common::{Dir, luanma};
use luanma::Codec;

const TEXT: &str = "灯塔的看守人每晚都写日记。\n";

#[test]
fn bytes_become_utf8_and_are_repaired() {
    let dir = Dir::new();
    dir.put("gbk.txt", Codec::GBK.encode(TEXT).unwrap());
    dir.put("mixed.txt", [Codec::GBK.encode(TEXT).unwrap(), TEXT.into()].concat());
    let ran = dir.run(&["decode", "gbk.txt", "mixed.txt"]);
    assert_eq!((ran.code, ran.text(), ran.err.as_str()), (0, TEXT.repeat(3).as_str(), ""));

    let damaged = "标题：娓″彛鐨勭伅杩樹寒鐫€\n";
    assert_eq!(luanma(&["decode"], damaged).text(), "标题：渡口的灯还亮着\n");
    assert_eq!(luanma(&["decode", "--no-repair"], damaged).text(), damaged);

    let ran = dir.run(&["decode", "-o", "out.txt.gz", "mixed.txt"]);
    assert_eq!((ran.code, ran.out.len()), (0, 0));
    assert_eq!(dir.run(&["decode", "out.txt.gz"]).text(), TEXT.repeat(2));
}

#[test]
fn pieces_are_listed() {
    let bytes = [Codec::GBK.encode(TEXT).unwrap(), TEXT.into(), b"\xff\n".to_vec()].concat();
    let ran = luanma(&["decode", "--list"], &bytes);
    assert_eq!(ran.code, 2);
    assert_eq!(
        ran.err,
        "luanma: <stdin>: 1 place could not be read and became U+FFFD, the first at byte 67\n"
    );
    let lines: Vec<serde_json::Value> =
        ran.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let fields = |n: usize| {
        (lines[n]["codec"].as_str().unwrap(), lines[n]["start"].as_u64(), lines[n]["end"].as_u64())
    };
    assert_eq!(fields(0), ("gbk", Some(0), Some(27)));
    assert_eq!(fields(1), ("utf-8", Some(27), Some(69)));
    assert_eq!(lines[1]["undecodable"], serde_json::json!([[67, 68]]));
}

#[test]
fn a_missing_file_is_told_and_the_others_are_read() {
    let dir = Dir::new();
    dir.put("a", "plain\n");
    let ran = dir.run(&["decode", "missing", "a"]);
    assert_eq!((ran.code, ran.text()), (2, "plain\n"));
    assert!(ran.err.starts_with("luanma: missing: "), "{}", ran.err);
}
