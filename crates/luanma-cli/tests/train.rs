//! Models of one's own: made, used, measured.

mod common;

use common::{Dir, luanma};

const PAIRS: &str = "{\"text\":\"娓″彛鐨勭伅杩樹寒鐫€\",\"gold\":\"渡口的灯还亮着\",\"chain\":\"utf-8>gbk\"}\n{\"text\":\"干净的一行\",\"gold\":\"干净的一行\"}\n";

/// Text enough for a model that knows these words.
fn text() -> String {
    let words = [
        "渡口的灯",
        "还亮着",
        "船夫",
        "把缆绳系在石桩上",
        "等最后一班客人",
        "院子里",
        "落了一地",
        "the lamp",
    ];
    (0..3000).map(|n| format!("{}{}，{}。\n", words[n % 8], words[n / 8 % 8], words[n / 64 % 8])).collect()
}

#[test]
fn a_model_is_made_used_and_measured() {
    let dir = Dir::new();
    dir.put("zh.txt", text());
    dir.put("pairs.jsonl", PAIRS);
    let ran = dir.run(&["train", "zh.txt", "-o", "mine.bin", "--size", "400000"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let card = ran.text();
    assert!(
        card.contains("| made by | `luanma train --order 3 --size 400000 --method witten-bell --cutoff 2` |"),
        "{card}"
    );
    assert!(card.contains("| zh | ") && dir.get("mine.bin").len() <= 400_000, "{card}");
    assert!(ran.err.contains("n-grams"), "progress: {}", ran.err);
    // The same text makes the same model.
    assert_eq!(dir.run(&["train", "zh.txt", "-o", "again.bin", "--size", "400000"]).text(), card);
    assert_eq!(dir.get("mine.bin"), dir.get("again.bin"));

    let hash = card.split("| hash | ").nth(1).unwrap().split(' ').next().unwrap();
    let explained = dir.run(&["explain", "--json", "--model", "mine.bin", "娓″彛鐨勭伅杩樹寒鐫€"]);
    assert!(explained.text().contains(&format!("\"model\":\"{hash}\"")), "{}", explained.text());

    for model in [&[][..], &["--model", "mine.bin"]] {
        let ran = dir.run(&[&["eval", "pairs.jsonl", "--brief"], model].concat());
        assert_eq!(ran.code, 0, "{}", ran.err);
        let row = ran.text().lines().nth(1).unwrap().to_owned();
        assert_eq!(row.split_whitespace().take(3).collect::<Vec<_>>(), ["pairs", "ALL", "2"], "{row}");
        if model.is_empty() {
            assert!(row.contains("100.00"), "{row}");
        }
    }
}

#[test]
fn what_cannot_be_learned_from_is_told() {
    let dir = Dir::new();
    dir.put("empty.txt", "");
    dir.put("zh.txt", text());
    dir.put("half.jsonl", "{\"text\":\"a\",\"gold\":\"a\"}\n\n{\"text\":\"a\"}\n");
    for (args, told) in [
        (&["train", "missing", "-o", "x"][..], "missing"),
        (&["train", "empty.txt", "-o", "x"], "there is no text to learn from"),
        (&["train", "zh.txt", "-o", "zh.txt"], "-o zh.txt: this is a text to learn from, and would be lost"),
        (&["train", ".", "-o", "./zh.txt"], "this is a text to learn from"),
        (&["train", "zh.txt", "-o", "missing/x"], "missing/x: No such file"),
        (&["train", "zh.txt", "-o", "x.gz"], "-o x.gz: a model is read in place, and is not compressed"),
        (&["train", "zh.txt", "-o", "x.zst"], "-o x.zst: a model is read in place"),
        (
            &["train", "zh.txt", "-o", "x", "--size", "10"],
            "--size 10: what is kept of this text in any case takes",
        ),
        (&["eval", "missing.jsonl"], "missing.jsonl"),
        (&["eval", "empty.txt"], "empty.txt: there is nothing in it"),
        (&["eval", "half.jsonl"], "half.jsonl:3: missing field `gold`"),
    ] {
        let ran = dir.run(args);
        assert!(ran.code == 2 && ran.err.contains(told), "{args:?}: {}", ran.err);
    }
    dir.put("bad.bin", "no model");
    let ran = dir.run(&["fix", "--model", "bad.bin", "empty.txt"]);
    assert!(ran.code == 2 && ran.err.contains("--model"), "{}", ran.err);
    assert_eq!(luanma(&["train", "--order", "9", "a", "-o", "b"], "").code, 2);
    assert_eq!(dir.get("zh.txt"), text().as_bytes());
    assert_eq!(dir.names(), ["bad.bin", "empty.txt", "half.jsonl", "zh.txt"]);
    // A device is written to, and a link to one stays.
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("/dev/null", dir.path("link")).unwrap();
        assert_eq!(dir.run(&["train", "zh.txt", "-o", "link"]).code, 0);
        assert!(dir.path("link").is_symlink());
    }
}
