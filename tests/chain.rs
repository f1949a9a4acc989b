//! Chains: what they parse, print, make and undo.

#![allow(clippy::unwrap_used)]

use luanma::{Chain, Step};

fn chain(text: &str) -> Chain {
    text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
}

#[test]
fn prints_what_it_parses() {
    for text in [
        "utf-8>gbk",
        "gbk>latin-1",
        "utf-8>gbk,utf-8>gbk",
        "utf-8>cp1252,utf-8>cp1252,utf-8>cp1252",
        "gbk>latin-1,utf-8>latin-1,utf-8>latin-1,utf-8>latin-1",
    ] {
        assert_eq!(chain(text).to_string(), text);
        assert_eq!(chain(&chain(text).to_string()), chain(text));
    }
    assert_eq!(chain(" utf-8 > gbk , utf-8>gbk "), chain("utf-8>gbk,utf-8>gbk"));
    assert_eq!(chain("UTF8>GB2312"), chain("utf-8>gbk"), "labels of a codec are as good as its name");
    assert_eq!(format!("{:?}", chain("utf-8>gbk")), "Chain(utf-8>gbk)");
}

#[test]
fn errors_say_what_is_wrong() {
    for (text, says) in [
        ("", "empty"),
        ("utf-8>gbk,", "empty"),
        ("utf-8", "`>` is missing"),
        ("utf-8>gbk>gbk", "more than one `>`"),
        (">gbk", "no codec before"),
        ("utf-8>", "no codec after"),
        ("utf-8>klingon", "no codec `klingon`"),
        ("utf-8>gbk,nope>gbk", "no codec `nope`"),
        ("utf-8>gbk,utf-8>gbk,utf-8>gbk,utf-8>gbk,utf-8>gbk", "5 steps are too many"),
    ] {
        let e = text.parse::<Chain>().expect_err(text);
        assert!(e.is_chain() && e.to_string().contains(says), "{text:?}: {e}");
    }
    assert!(Chain::new(&[]).is_err());
}

#[test]
fn chains_compare_by_their_steps() {
    let step: Step = "utf-8>gbk".parse().unwrap();
    let other: Step = "utf-8>cp1252".parse().unwrap();
    assert_eq!(Chain::from(step), Chain::new(&[step]).unwrap());
    assert_eq!(Chain::from(step).then(other).unwrap().steps(), [step, other]);
    assert_ne!(Chain::from(step), Chain::from(step).then(step).unwrap());
    assert!(Chain::new(&[step; 4]).unwrap().then(step).is_err());
}

#[test]
fn what_loses_nothing_comes_back() {
    for (name, clean, damaged) in [
        ("utf-8>gbk", "文字", "鏂囧瓧"),
        ("utf-8>gbk,utf-8>gbk", "字符编码", ""),
        ("gbk>latin-1", "文字", "ÎÄ×Ö"),
        ("utf-8>cp1252", "naïve café", "naÃ¯ve cafÃ©"),
        ("utf-8>cp1252,utf-8>cp1252", "é", "ÃƒÂ©"),
        ("utf-8>latin-1", "中", "ä¸\u{ad}"),
        ("gbk>big5", "今天下雨", ""),
        ("big5>gbk", "今天下雨", ""),
        ("shift_jis>gbk", "雨が降る", ""),
        ("euc-kr>gbk", "비가 온다", ""),
        ("cp1251>latin-1", "Идёт дождь", "Èä¸ò äîæäü"),
        ("koi8-r>cp1251", "Идёт дождь", ""),
        ("utf-8>macroman", "小雨", ""),
        ("utf-8>cp437", "小雨", ""),
    ] {
        let chain = chain(name);
        let made = chain.garble(clean).unwrap_or_else(|| panic!("{name}: {clean} does not go"));
        if !damaged.is_empty() && chain.steps().len() == 1 {
            assert_eq!(made, damaged, "{name}");
        }
        assert_ne!(made, clean, "{name}");
        assert_eq!(chain.undo(&made).as_deref(), Some(clean), "{name}: {made}");
    }
}

#[test]
fn ascii_stays_and_the_impossible_is_none() {
    for name in ["utf-8>gbk", "gbk>latin-1", "utf-8>cp1252,utf-8>cp1252"] {
        assert_eq!(chain(name).garble("plain text, 123").as_deref(), Some("plain text, 123"));
        assert_eq!(chain(name).undo("plain text, 123").as_deref(), Some("plain text, 123"));
        assert_eq!(chain(name).undo("").as_deref(), Some(""));
    }
    assert_eq!(chain("shift_jis>latin-1").garble("🐈"), None, "Shift_JIS has no cats");
    assert_eq!(chain("utf-8>gbk").garble("猫"), None, "three bytes, and the third alone");
    assert_eq!(chain("utf-8>gbk").undo("\u{fffd}"), None);
    assert_eq!(chain("utf-8>gbk").undo("狗"), None, "its bytes B9 B7 are not UTF-8");
}
