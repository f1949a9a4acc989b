//! The forward channel: every kind of loss, on every chain that can have it.
#![cfg(feature = "garble")]
#![allow(clippy::unwrap_used)]

use luanma::garble::{Garbled, Garbler, LossKind, Losses};
use luanma::{Chain, Loss};

/// Texts, and the chains that they can go.
const TEXTS: &[(&str, &[&str])] = &[
    (
        "傍晚6点，老周收了摊。“明天还来？”他问；我说：“来，带2斤黄豆。”\n风从河边吹过来——凉得很……（真的）",
        &[
            "utf-8>gbk",
            "utf-8>latin-1",
            "utf-8>cp1252",
            "utf-8>cp1250",
            "utf-8>cp1251",
            "utf-8>cp1254",
            "utf-8>koi8-r",
            "utf-8>macroman",
            "utf-8>cp437",
            "utf-8>big5",
            "utf-8>shift_jis",
            "utf-8>euc-kr",
            "gbk>latin-1",
            "gbk>cp1252",
            "gbk>big5",
            "gbk>shift_jis",
            "gbk>euc-kr",
            "gbk>utf-8",
            "utf-8>gbk,utf-8>gbk",
            "utf-8>cp1252,utf-8>cp1252",
            "gbk>latin-1,utf-8>latin-1",
        ],
    ),
    (
        "這條巷子很窄，兩輛腳踏車都會不過去；可是貓走得很從容。",
        &["utf-8>gbk", "utf-8>cp1252", "big5>gbk", "big5>latin-1", "big5>shift_jis", "big5>euc-kr"],
    ),
    (
        "駅前の本屋は、もう二十年も前に閉まった。",
        &[
            "utf-8>gbk",
            "utf-8>cp1252",
            "utf-8>shift_jis",
            "shift_jis>gbk",
            "shift_jis>latin-1",
            "iso-2022-jp>gbk",
            "utf-16le>gbk",
        ],
    ),
    (
        "골목 끝의 국숫집은 새벽 네 시에 문을 연다.",
        &["utf-8>gbk", "utf-8>cp1252", "euc-kr>gbk", "euc-kr>latin-1"],
    ),
    (
        "Вчера на реке тронулся лёд, и весь город вышел смотреть.",
        &["utf-8>cp1251", "utf-8>cp1252", "cp1251>latin-1", "koi8-r>cp1251", "utf-8>gbk"],
    ),
    (
        "Œuvre inachevée : le garçon dîna d’un pâté, puis s’en alla – à pied.",
        &["utf-8>cp1252", "utf-8>latin-1", "utf-8>macroman", "utf-8>cp437", "utf-8>gbk"],
    ),
    ("plain ASCII and nothing else", &["utf-8>gbk", "gbk>latin-1", "koi8-r>cp1251"]),
    ("", &["utf-8>gbk"]),
];

fn chain(name: &str) -> Chain {
    name.parse().unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn losses(name: &str) -> Losses {
    name.parse().unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn garble(name: &str, loss: &str, text: &str) -> Garbled {
    Garbler::new(chain(name))
        .losses(losses(loss))
        .garble(text)
        .unwrap_or_else(|| panic!("{name} {loss} {text}"))
}

fn each(mut f: impl FnMut(&'static str, &'static str)) {
    for (text, chains) in TEXTS {
        for chain in *chains {
            f(text, chain);
        }
    }
}

#[test]
fn names_come_back() {
    for kind in LossKind::ALL {
        assert_eq!(kind.name().parse::<LossKind>().unwrap(), *kind);
        assert_eq!(losses(kind.name()).to_string(), kind.name());
    }
    assert_eq!(losses("windows+fold").to_string(), "windows+fold");
    assert_eq!(losses("fold + windows").to_string(), "windows+fold", "decoding comes first");
    assert_eq!(losses("none").to_string(), "none");
    for (bad, says) in [("windows+ignore", "exclude"), ("flood", "`flood`"), ("", "``"), ("fold+", "``")] {
        let e = bad.parse::<Losses>().expect_err(bad);
        assert!(e.to_string().contains(says), "{bad}: {e}");
    }
}

#[test]
fn without_losses_it_is_the_chain_alone() {
    each(|text, name| {
        let made = Garbler::new(chain(name)).garble(text);
        assert_eq!(made.as_ref().map(|m| &m.text), chain(name).garble(text).as_ref(), "{name} {text}");
        if let Some(made) = made {
            assert_eq!(made.lost, []);
            assert_eq!(made.gold(text, '□'), text);
            assert_eq!(chain(name).undo(&made.text).as_deref(), Some(text), "{name} {}", made.text);
        }
    });
}

#[test]
fn every_loss_is_the_same_each_time_and_keeps_its_books() {
    let mut made_some = vec![0; LossKind::ALL.len()];
    each(|text, name| {
        for (kind, some) in LossKind::ALL.iter().zip(&mut made_some) {
            for seed in 0..4 {
                let loss = if kind.is_decoding() { kind.to_string() } else { format!("question+{kind}") };
                let garbler = Garbler::new(chain(name)).losses(losses(&loss)).seed(seed);
                let Some(made) = garbler.garble(text) else { continue };
                assert_eq!(garbler.garble(text).as_ref(), Some(&made), "{name} {loss} {seed}");
                *some += 1;
                check_books(text, &made, &format!("{name} {loss} {seed} {text}: {}", made.text));
            }
        }
    });
    for (kind, some) in LossKind::ALL.iter().zip(made_some) {
        assert!(some > 100, "{kind}: {some}");
    }
}

fn check_books(text: &str, made: &Garbled, what: &str) {
    assert!(made.lost.is_sorted_by(|a, b| a.index < b.index), "{what}");
    for lost in &made.lost {
        let (at, c) = text.char_indices().nth(lost.index).unwrap_or_else(|| panic!("{what}"));
        assert_eq!(lost.at, at, "{what}");
        assert!(lost.bytes_kept <= lost.bytes && lost.bytes_altered <= lost.bytes_kept, "{what}: {lost:?}");
        assert!((1..=4).contains(&lost.bytes) || lost.bytes > 4, "{what}: {lost:?}");
        assert!(!c.is_ascii() || lost.bytes <= 4, "{what}: {lost:?}");
    }
    let gold = made.gold(text, '□');
    let gone = made.lost.iter().filter(|l| l.is_gone() && !l.trace).count();
    assert_eq!(gold.chars().count(), text.chars().count() - gone, "{what}");
}

/// What a two-byte misread of UTF-8 keeps is what its characters spell.
#[test]
fn the_bytes_kept_are_the_bytes_that_show() {
    each(|text, name| {
        for loss in
            ["whatwg", "windows", "ignore", "replace", "replace-byte", "java", "question", "ignore+strip"]
        {
            let [step] = *chain(name).steps() else { return };
            // Their bytes may be `?`.
            if step.misread.name() == "utf-8" || matches!(step.truth.name(), "iso-2022-jp" | "utf-16le") {
                return;
            }
            let Some(made) = Garbler::new(chain(name)).losses(losses(loss)).garble(text) else { continue };
            let sizes = text.chars().map(|c| step.truth.encode(c.encode_utf8(&mut [0; 4])).unwrap().len());
            let mut kept: usize = sizes.sum();
            for lost in &made.lost {
                kept -= lost.bytes - lost.bytes_kept;
            }
            let marks = made.text.matches(['\u{fffd}', '?']).count();
            let shown: String = made.text.chars().filter(|c| !matches!(c, '\u{fffd}' | '?')).collect();
            assert!(!text.contains('?'));
            if loss.contains("strip") || loss == "ignore" {
                assert_eq!(marks, 0, "{name} {loss}");
            }
            if let Some(bytes) = step.misread.encode(&shown) {
                assert_eq!(bytes.len(), kept, "{name} {loss} {text}: {}", made.text);
            }
        }
    });
}

#[test]
fn what_decoders_do_with_bad_bytes() {
    let text = "在3月24日";
    for (loss, damaged, gold) in [
        ("windows", "鍦?鏈?4鏃?", "在□月□4日"),
        ("whatwg", "鍦\u{fffd}3鏈\u{fffd}24鏃\u{fffd}", text),
        ("replace", "鍦\u{fffd}3鏈\u{fffd}24鏃\u{fffd}", text),
        ("replace-byte", "鍦\u{fffd}3鏈\u{fffd}24鏃\u{fffd}", text),
        ("java", "鍦\u{fffd}3鏈\u{fffd}24鏃\u{fffd}", text),
        ("question", "鍦?3鏈?24鏃?", text),
        ("ignore", "鍦3鏈24鏃", text),
    ] {
        let made = garble("utf-8>gbk", loss, text);
        assert_eq!(made.text, damaged, "{loss}");
        assert_eq!(made.gold(text, '□'), gold, "{loss}");
    }
    let made = garble("utf-8>gbk", "windows", text);
    let gone: Vec<_> =
        made.lost.iter().filter(|l| l.is_gone()).map(|l| (l.index, l.at, l.loss, l.trace)).collect();
    assert_eq!(gone, [(1, 3, Loss::QuestionMark, true), (3, 7, Loss::QuestionMark, true)]);
    let part: Vec<_> =
        made.lost.iter().filter(|l| !l.is_gone()).map(|l| (l.index, l.bytes, l.bytes_kept)).collect();
    assert_eq!(part, [(0, 3, 2), (2, 3, 2), (5, 3, 2)]);
    let made = garble("utf-8>gbk", "ignore", text);
    assert!(made.lost.iter().all(|l| l.loss == Loss::Dropped && !l.trace && l.bytes_kept == 2));
}

#[test]
fn what_happens_afterwards() {
    for (name, loss, text, damaged) in [
        ("utf-8>gbk", "fold", "握相", "鎻$浉"),
        ("gbk>latin-1", "fuse", "我们的", "ÎÒÃǵÄ"),
        ("gbk>latin-1", "fuse", "下呈", "Ï³Ê"),
        ("gbk>latin-1", "ftfy", "我们的", "ÎÒÃǵÄ"),
        ("utf-8>cp1252", "straighten", "don’t", "donâEUR™t"),
        ("utf-8>cp1252", "nfkc", "é", "Ã©"),
        ("utf-8>latin-1", "nfkc", "ü", "Ã1⁄4"),
        ("utf-8>latin-1", "recase-lower", "É", "ã\u{89}"),
        ("utf-8>latin-1", "strip", "É", "Ã"),
        ("utf-8>latin-1", "strip", "à", "Ã "),
        ("utf-8>latin-1", "collapse", "à la", "Ã la"),
        ("utf-8>latin-1", "escape-html", "中", "&auml;&cedil;&shy;"),
        ("utf-8>latin-1", "escape-json", "中", "\\u00e4\\u00b8\\u00ad"),
        ("utf-8>latin-1", "escape-percent", "中", "%C3%A4%C2%B8%C2%AD"),
        ("utf-8>cp1252", "recase-title", "à ÉT", "Ã\u{a0} Ã‰T"),
    ] {
        let made = garble(name, loss, text);
        assert_eq!(made.text, damaged, "{name} {loss} {text}");
        assert!(made.lost.iter().all(|l| !l.is_gone()), "{name} {loss} {text}");
    }
    let made = garble("utf-8>gbk", "fold", "握相");
    let how: Vec<_> = made.lost.iter().map(|l| (l.index, l.loss, l.bytes_kept, l.bytes_altered)).collect();
    assert_eq!(how, [(0, Loss::Folded, 3, 1), (1, Loss::Folded, 3, 1)]);
    let text = "把握好时间";
    let made = Garbler::new(chain("utf-8>gbk")).losses(losses("ignore+fold")).garble(text).unwrap();
    assert!(made.lost.iter().all(|l| !l.is_gone()));
}

#[test]
fn a_swallowed_letter_keeps_its_case_a_lone_one_does_not() {
    let made = garble("utf-8>gbk", "windows+recase-lower", "你好吗ABC");
    assert_eq!(made.gold("你好吗ABC", '□'), "你好吗Abc");
}

#[test]
fn cuts_and_breaks_fall_inside_characters() {
    // An even number of characters: nothing is lost but what is cut.
    let text = "河面上的雾还没有散，船已经开了；岸上的人挥手，越来越小了";
    for name in ["utf-8>gbk", "utf-8>cp1252", "gbk>latin-1"] {
        for seed in 0..20 {
            let of = |loss: &str| {
                let garbler = Garbler::new(chain(name)).losses(losses(loss)).seed(seed);
                garbler.garble(text).unwrap()
            };
            let whole = of("windows").text;
            let (start, end, both) =
                (of("windows+cut-start"), of("windows+cut-end"), of("windows+cut-start+cut-end"));
            assert!(whole.ends_with(&start.text) && whole != start.text, "{name} {seed}");
            assert!(whole.starts_with(&end.text) && whole != end.text, "{name} {seed}");
            assert!(both.text.chars().count() < start.text.chars().count());
            for made in [&start, &end, &both] {
                let part = made.lost.iter().filter(|l| l.loss == Loss::Cut && !l.is_gone()).count();
                assert!(part >= 1, "{name} {seed} {}: {:?}", made.text, made.lost);
                assert!(made.lost.iter().all(|l| l.loss != Loss::Cut || !l.trace));
            }
            let broken = of("windows+break");
            assert_eq!(broken.text.replace('\n', ""), whole);
            assert!(broken.text.contains('\n') && broken.gold(text, '□') == text);
            assert!(broken.lost.iter().any(|l| l.loss == Loss::Break && l.bytes_kept == l.bytes));
        }
    }
}

#[test]
fn wholesale_leaves_nothing_but_ascii() {
    let text = "第3章：雪夜 (draft)";
    for (loss, seed) in
        [("replacement-rows", 0), ("question-rows", 0), ("question-rows", 1), ("tang", 0), ("kunjinkao", 0)]
    {
        let garbler = Garbler::new(chain("gbk>latin-1")).losses(losses(loss)).seed(seed);
        let made = garbler.garble(text).unwrap();
        let gold = made.gold(text, '□');
        assert!(
            made.text.contains("draft)") && gold.starts_with('□') && gold.ends_with("draft)"),
            "{loss}: {} {gold}",
            made.text
        );
        assert!(made.lost.iter().all(|l| l.is_gone() && l.trace), "{loss}");
    }
    let made = garble("gbk>latin-1", "kunjinkao", "雪夜");
    assert_eq!(made.text, "锟斤拷锟斤拷");
    assert_eq!(garble("gbk>latin-1", "replacement-rows", "雪夜").text, "\u{fffd}".repeat(4));
}

#[test]
fn a_step_loses_what_it_is_told_to() {
    let text = "雪落在屋顶上";
    let twice = Garbler::new(chain("utf-8>cp1252,utf-8>gbk")).losses(losses("windows"));
    assert_eq!(twice.garble(text), None, "the second step may lose nothing");
    let second = twice.clone().step(1).garble(text).unwrap();
    let every = twice.every_step().garble(text).unwrap();
    assert_eq!(second.text, every.text, "the first has nothing to lose");
    let rows = Garbler::new(chain("gbk>utf-8,utf-8>gbk")).losses(losses("replace-byte")).every_step();
    assert!(rows.garble("中文").unwrap().text.starts_with("锟斤拷"));
}
