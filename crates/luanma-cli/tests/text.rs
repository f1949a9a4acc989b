//! Text: what is not repaired is written byte for byte, whatever its lines are.

mod common;

use common::{Dir, luanma, unchanged};
use proptest::prelude::*;

#[test]
fn line_ends_stay_as_they_are() {
    for text in [
        "",
        "\n",
        "\r\n",
        "a",
        "a\n",
        "a\r\nb\nc\rd\r\n\r\n\n",
        "a\r",
        "\u{feff}a\r\n",
        "\0\n",
        "文字\u{2028}文\u{85}\u{c}字",
    ] {
        unchanged(&["fix"], text);
    }
}

#[test]
fn long_texts_and_long_lines_stay_as_they_are() {
    let mut text = String::new();
    for length in [0, 1, 1000, 262_143, 262_144, 262_145, 300_000, 1_048_575, 1_048_576, 1_048_577, 5_000_000]
    {
        text.extend("文字 text, ".chars().cycle().take(length));
        text.push('\n');
        text.extend(std::iter::repeat_n("漢", length / 3));
        text.push_str("\r\n");
    }
    for args in [&["fix"][..], &["fix", "-j", "1"], &["fix", "-j", "7"]] {
        unchanged(args, &text);
        unchanged(args, text.trim_end());
    }
}

#[test]
fn lines_that_are_not_utf8_pass() {
    let dir = Dir::new();
    let text = b"good\n\xff\xfe bad\r\ngood\n\xe4\xb8\nend\xe4";
    let ran = dir.run_with(&["fix"], text);
    assert_eq!(ran.out, text);
    assert_eq!(ran.code, 2);
    assert_eq!(ran.err, "luanma: <stdin>:2: 3 lines, this the first, are not UTF-8 and left as found\n");
    dir.put("a", [&b"good line\n".repeat(100_000)[..], b"\xff\n", &b"good line\n".repeat(100_000)].concat());
    let ran = dir.run(&["fix", "-j", "3", "a"]);
    assert_eq!((ran.code, ran.out == dir.get("a")), (2, true));
    assert_eq!(ran.err, "luanma: a:100001: this line is not UTF-8 and left as found\n");
    let binary: Vec<u8> = (0..3_000_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    let ran = luanma(&["fix"], &binary);
    assert!(ran.out == binary);
}

proptest! {
    #![proptest_config(common::config(48))]

    #[test]
    fn any_bytes_pass(
        bytes in prop::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), Just(b' '), any::<u8>()], 0..300),
        repeat in prop_oneof![Just(1usize), 1..4000usize],
        threads in 1..4u8,
    ) {
        let bytes = bytes.repeat(repeat);
        let ran = luanma(&["fix", "-j", &threads.to_string()], &bytes);
        prop_assert!(std::str::from_utf8(&bytes).is_ok() == (ran.code == 0));
        if std::str::from_utf8(&bytes).is_err() {
            prop_assert!(ran.out == bytes);
        }
    }
}
