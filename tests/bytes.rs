//! Raw bytes of unknown codec. The texts are written for this test.
#![cfg(feature = "bytes")]

mod common;

use luanma::{Codec, Written, decode};
use proptest::prelude::*;

const HANS: &str = "渡口的灯还亮着，船夫把缆绳系在石桩上，等最后一班客人。";
const HANT: &str = "書店在巷子裡，老闆娘每天傍晚都把門前的盆栽澆過一遍。";
const JA: &str = "駅前の喫茶店で待ち合わせて、古い地図を広げながら話をした。";
const KO: &str = "비가 그친 뒤에 골목길을 걸으면 흙냄새가 올라온다.";
const RU: &str = "Старый мост через реку закрыли на ремонт до конца осени.";
const FR: &str = "Le café était fermé, mais la fenêtre du premier étage restait éclairée.";

fn names(decoded: &luanma::Decoded) -> Vec<&str> {
    decoded.pieces.iter().map(|p| p.written.name()).collect()
}

/// Decodes `bytes`, and checks what is always so.
fn checked(bytes: &[u8]) -> luanma::Decoded {
    let decoded = decode(bytes);
    let mut end = decoded.pieces.first().map_or(bytes.len(), |piece| piece.start);
    assert!(end <= 4 || decoded.pieces.is_empty(), "only a byte order mark is left out");
    for piece in &decoded.pieces {
        assert_eq!(piece.start, end);
        assert!(piece.end > piece.start && decoded.text.is_char_boundary(piece.at));
        end = piece.end;
    }
    assert_eq!(end, bytes.len());
    for bad in &decoded.undecodable {
        assert!(bad.start < bad.end && bad.end <= bytes.len());
        assert!(decoded.text[bad.at..].starts_with('\u{fffd}'));
    }
    decoded
}

#[test]
fn sentences_are_read_in_their_codec() {
    for (text, codecs) in [
        (HANS, &[Codec::UTF_8, Codec::GBK, Codec::UTF_16LE, Codec::UTF_16BE][..]),
        (HANT, &[Codec::UTF_8, Codec::BIG5, Codec::GBK, Codec::UTF_16LE]),
        (JA, &[Codec::UTF_8, Codec::SHIFT_JIS, Codec::EUC_JP, Codec::UTF_16BE]),
        (KO, &[Codec::UTF_8, Codec::EUC_KR]),
        (RU, &[Codec::UTF_8, Codec::WINDOWS_1251, Codec::KOI8_R, Codec::CP866]),
        (FR, &[Codec::UTF_8, Codec::WINDOWS_1252]),
    ] {
        for &codec in codecs {
            let bytes = codec.encode(text).unwrap();
            let decoded = checked(&bytes);
            assert_eq!(decoded.text, text, "{codec}");
            assert_eq!(names(&decoded), [codec.name()], "{text}");
            assert!(decoded.confidence().get() > 0.95, "{codec}: {}", decoded.confidence());
        }
    }
}

#[test]
fn four_byte_sequences_are_gb18030() {
    let text = "㐂字在招牌上，𠮷野家也是。";
    let decoded = checked(&Codec::GB18030.encode(text).unwrap());
    assert_eq!((decoded.text.as_str(), decoded.written()), (text, Written::In(Codec::GB18030)));
}

#[test]
fn a_mark_and_a_declaration_are_heard_but_not_believed() {
    let marked =
        |mark: &[u8], codec: Codec, text: &str| checked(&[mark, &codec.encode(text).unwrap()].concat());
    let decoded = marked(b"\xEF\xBB\xBF", Codec::UTF_8, HANS);
    assert_eq!((decoded.text.as_str(), decoded.pieces[0].start), (HANS, 3));
    assert_eq!(marked(b"\xFF\xFE", Codec::UTF_16LE, "ab").text, "ab");
    // A lie.
    assert_eq!(marked(b"\xEF\xBB\xBF", Codec::GBK, HANS).text, HANS);
    let page = |charset: &str, codec: Codec| {
        let page = format!("<html><meta charset=\"{charset}\"><p>{HANS}</p></html>");
        (checked(&codec.encode(&page).unwrap()).text, page)
    };
    for (charset, codec) in
        [("gb2312", Codec::GBK), ("utf-8", Codec::GBK), ("gbk", Codec::UTF_8), ("big5", Codec::GBK)]
    {
        let (text, page) = page(charset, codec);
        assert_eq!(text, page, "{charset} {codec}");
    }
    // Where nothing else tells, it decides: these bytes are a word in either.
    let doubtful = Codec::WINDOWS_1251.encode("мир").unwrap();
    let told = [b"<meta charset=windows-1251>".as_slice(), &doubtful].concat();
    assert!(checked(&told).text.ends_with("мир"));
}

#[test]
fn lines_and_fields_may_be_in_different_codecs() {
    let lines = [
        (Codec::GBK, HANS),
        (Codec::UTF_8, HANS),
        (Codec::BIG5, HANT),
        (Codec::GBK, HANS),
        (Codec::UTF_8, JA),
    ];
    let bytes: Vec<u8> =
        lines.iter().flat_map(|(codec, text)| codec.encode(&format!("{text}\n")).unwrap()).collect();
    let text: String = lines.iter().map(|(_, text)| format!("{text}\n")).collect();
    let decoded = checked(&bytes);
    assert_eq!(decoded.text, text);
    assert_eq!(names(&decoded), ["gbk", "utf-8", "big5", "gbk", "utf-8"]);

    let row = [
        b"7,".to_vec(),
        Codec::GBK.encode("石桩上的缆绳").unwrap(),
        b",ok,".to_vec(),
        Codec::UTF_8.encode("最后一班").unwrap(),
    ];
    let decoded = checked(&row.concat());
    assert_eq!(decoded.text, "7,石桩上的缆绳,ok,最后一班");
    assert_eq!(names(&decoded), ["gbk", "utf-8"]);
}

#[test]
fn a_fragment_inside_of_a_sentence_is_found() {
    let gbk = |text: &str| Codec::GBK.encode(text).unwrap();
    let bytes = [gbk("船夫把缆绳系在石桩上，"), "等最后一班客人".into(), gbk("，灯还亮着。")].concat();
    let decoded = checked(&bytes);
    assert_eq!(decoded.text, "船夫把缆绳系在石桩上，等最后一班客人，灯还亮着。");
    assert_eq!(names(&decoded), ["gbk", "utf-8", "gbk"]);
}

#[test]
fn escapes_of_seven_bit_codecs_are_read() {
    let hz = b"Title: ~{4,7r5DBe~} (1995)\n";
    assert_eq!(Codec::GBK.decode(&[0xB4, 0xAC, 0xB7, 0xF2]).unwrap(), "船夫");
    let decoded = checked(hz);
    assert_eq!(names(&decoded), ["utf-8", "hz", "utf-8"]);
    assert!(
        decoded.text.starts_with("Title: 船夫的") && decoded.text.ends_with(" (1995)\n"),
        "{}",
        decoded.text
    );

    let japanese = encoding_rs::ISO_2022_JP.new_encoder();
    let mut encoder = japanese;
    let mut bytes = vec![0; 400];
    let (_, _, written) = encoder.encode_from_utf8_without_replacement(JA, &mut bytes, true);
    bytes.truncate(written);
    let decoded = checked(&bytes);
    assert_eq!(decoded.text, JA);
    assert_eq!(decoded.written(), Written::In(Codec::ISO_2022_JP));

    let seven = |codec: Codec, text: &str| -> Vec<u8> {
        codec.encode(text).unwrap().iter().map(|b| b & 0x7F).collect()
    };
    let korean =
        [b"\x1B$)C\nSubject: \x0E".to_vec(), seven(Codec::EUC_KR, "골목길"), b"\x0F!\n".to_vec()].concat();
    let decoded = checked(&korean);
    assert_eq!(decoded.text, "\nSubject: 골목길!\n");
    assert!(names(&decoded).contains(&"iso-2022-kr"));
    let chinese = [b"\x1B$)A\x0E".to_vec(), seven(Codec::GBK, "最后一班客人"), b"\x0F\n".to_vec()].concat();
    let decoded = checked(&chinese);
    assert_eq!((decoded.text.as_str(), decoded.written()), ("最后一班客人\n", Written::Iso2022Cn));

    // No escapes, though they look like some.
    for plain in ["a ~{b} c", "x = ~{};", "\u{1b}[31mred\u{1b}[0m", "~{~}", "sed 's~{a}~{b}~'"] {
        assert_eq!(checked(plain.as_bytes()).text, plain);
    }
}

#[test]
fn bad_bytes_are_marked_and_placed() {
    let mut bytes = Codec::UTF_8.encode(HANS).unwrap();
    bytes.insert(9, 0xFF);
    let decoded = checked(&bytes);
    assert_eq!(decoded.text, HANS.replacen("灯", "\u{fffd}灯", 1));
    assert_eq!(
        (decoded.undecodable[0].start, decoded.undecodable[0].end, decoded.undecodable[0].at),
        (9, 10, 9)
    );
    let cut = &Codec::GBK.encode(HANS).unwrap()[..23];
    let decoded = checked(cut);
    assert_eq!(decoded.text, "渡口的灯还亮着，船夫把\u{fffd}");
    assert_eq!(decoded.undecodable[0].start, 22);
    assert!(checked(b"\x80\xFF\xFE").text.chars().count() >= 2);
    assert_eq!(checked(b"").pieces, []);
}

#[test]
fn ascii_and_long_texts_are_read_whole() {
    let ascii = "plain text, no surprise\n".repeat(500);
    let decoded = checked(ascii.as_bytes());
    assert_eq!((decoded.text.as_str(), names(&decoded)), (ascii.as_str(), vec!["utf-8"]));
    assert_eq!(decoded.confidence().get(), 1.0);
    // Longer than any chunk, with and without ASCII to cut at.
    for (text, codec) in
        [(HANS, Codec::GBK), (HANT, Codec::BIG5), (JA, Codec::SHIFT_JIS), (HANS, Codec::UTF_8)]
    {
        for end in ["", "\n", " and some words of English between them\r\n"] {
            let text = format!("{text}{end}").repeat(150);
            let decoded = checked(&codec.encode(&text).unwrap());
            assert!(decoded.text == text, "{codec}");
            assert_eq!(names(&decoded), [codec.name()]);
        }
    }
    // One line of another codec, deep inside.
    let mut bytes = Codec::GBK.encode(&format!("{HANS}\n").repeat(600)).unwrap();
    let at = bytes.len() / 600 * 411;
    bytes.splice(at..at, Codec::BIG5.encode(&format!("{HANT}\n")).unwrap());
    let decoded = checked(&bytes);
    assert_eq!(names(&decoded), ["gbk", "big5", "gbk"]);
    assert_eq!(decoded.text.lines().nth(411), Some(HANT));
}

/// In a long document codecs are known from what stands before: what is in another is found all the same.
#[test]
fn in_a_long_document_other_codecs_are_found_where_they_stand() {
    let gbk = |text: &str| Codec::GBK.encode(text).unwrap();
    let before = format!("{HANS}\n").repeat(300);
    let fragment = "等最后一班客人";
    let others: [(&str, Vec<u8>, String); 8] = [
        ("a line", "最后一班\n".into(), "最后一班\n".to_owned()),
        ("a short line", "客人\n".into(), "客人\n".to_owned()),
        (
            "a fragment",
            [gbk("船夫，"), fragment.into(), gbk("，灯亮。\n")].concat(),
            format!("船夫，{fragment}，灯亮。\n"),
        ),
        ("a field", [gbk("石桩,"), "缆绳".into(), gbk(",客人\n")].concat(), "石桩,缆绳,客人\n".to_owned()),
        (
            "Big5",
            Codec::BIG5.encode("老闆娘把門前的盆栽澆過\n").unwrap(),
            "老闆娘把門前的盆栽澆過\n".to_owned(),
        ),
        ("Japanese", Codec::SHIFT_JIS.encode(&format!("{JA}\n")).unwrap(), format!("{JA}\n")),
        ("HZ", b"~{4,7r5D5F~}\n".to_vec(), "船夫的灯\n".to_owned()),
        ("bad bytes", b"\xFF\xFF ok\n".to_vec(), "\u{fffd}\u{fffd} ok\n".to_owned()),
    ];
    for (name, bytes, text) in &others {
        let decoded = checked(&[&gbk(&before)[..], bytes, &gbk(&before)].concat());
        let (start, end) = (decoded.text.strip_prefix(&before), format!("{text}{before}"));
        assert!(start == Some(&end), "{name}: {:?}", start.and_then(|rest| rest.lines().next()));
    }
    // And the other way round, and line by line.
    let decoded = checked(&[before.as_bytes(), &gbk("石桩上的缆绳\n"), before.as_bytes()].concat());
    assert!(decoded.text == format!("{before}石桩上的缆绳\n{before}"));
    let lines = (0..400)
        .map(|n| if n % 3 == 0 { gbk(&format!("{n} {HANS}\n")) } else { format!("{n} {HANS}\n").into() });
    let decoded = checked(&lines.collect::<Vec<_>>().concat());
    assert!(decoded.text == (0..400).map(|n| format!("{n} {HANS}\n")).collect::<String>());
    assert_eq!(decoded.pieces.len(), 267);
}

#[test]
fn utf_16_needs_no_mark() {
    let text = format!("{HANS}\r\n12,ab,{JA}\r\n").repeat(3);
    for codec in [Codec::UTF_16LE, Codec::UTF_16BE] {
        let decoded = checked(&codec.encode(&text).unwrap());
        assert_eq!((decoded.text.as_str(), decoded.written()), (text.as_str(), Written::In(codec)));
        let decoded = checked(&codec.encode("plain text, no surprise\n").unwrap());
        assert_eq!(
            (decoded.text.as_str(), decoded.written()),
            ("plain text, no surprise\n", Written::In(codec))
        );
    }
}

#[test]
fn what_is_decoded_can_be_repaired() {
    let twice = Codec::UTF_8.encode("标题：娓″彛鐨勭伅杩樹寒鐫€\n").unwrap();
    let decoded = decode(&twice);
    assert_eq!(luanma::repair(&decoded.text), "标题：渡口的灯还亮着\n");
}

#[test]
fn a_rare_hanzi_before_a_letter_stays_in_utf8() {
    let text = "一一一<侼o\"\n a\"<,a一一";
    assert_eq!(checked(text.as_bytes()).text, text);
}

#[test]
fn rare_names_stay_in_the_codec_of_their_document() {
    let lines = "我们在巷口等你，记得带伞。\n".repeat(400);
    for name in ["@各冄鞍恏", "@蒽-enen", "転发@翾翾："] {
        let text = format!("{lines}{name}\n{lines}");
        let decoded = checked(&Codec::GBK.encode(&text).unwrap());
        assert!(decoded.text == text, "{name}: {:?}", decoded.pieces);
    }
}

proptest! {
    #![proptest_config(common::config(300))]

    #[test]
    fn any_bytes_are_read(
        pieces in prop::collection::vec(prop_oneof![
            prop::collection::vec(any::<u8>(), 0..40),
            prop::sample::select(vec![
                &b"\x1B$B"[..], b"\x1B$)C", b"\x0E", b"\x0F", b"~{", b"~}", b"\xEF\xBB\xBF", b"\xFF\xFE", b"\n", b"\x1B(B",
                b"charset=gbk ", b"                              ", b"\xC4\xE3\xBA\xC3", b"\xE4\xBD\xA0",
            ]).prop_map(<[u8]>::to_vec),
        ], 0..12),
        times in prop_oneof![9 => Just(1usize), 1 => Just(60)],
    ) {
        let bytes = pieces.concat().repeat(times);
        let decoded = checked(&bytes);
        prop_assert_eq!(&decoded, &decode(&bytes));
    }

    #[test]
    fn clean_utf8_comes_out_as_it_is(text in "[a-z <>\",\n\u{4e00}-\u{4fff}]{0,60}") {
        if text.chars().filter(|c| *c >= '\u{4e00}').count() >= 6 {
            prop_assert_eq!(checked(text.as_bytes()).text, text);
        }
    }
}
