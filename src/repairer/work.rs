//! However hostile a text, the work that it makes grows as its length does.

use super::{Repairer, Scratch};

/// What is weighed at most for a character, whatever it is: as many hypotheses as a beam holds, each read in several ways, and
/// what may stand for a character that lost bytes.
const MOST_EACH: u64 = 5_000;
/// What is weighed at most for a character of ordinary damage, of which one byte in sixty is missing.
const MOST_OF_LITTLE: u64 = 10;
/// What is weighed at most for a character of a line that has a damaged phrase.
const MOST_OF_PHRASE: u64 = 200;
/// How much more is weighed at most for a damaged line among clean ones than for the same alone.
const MOST_AMONG: u64 = 3;
/// How much more than in proportion four times the length may make.
const SLACK: f64 = 1.25;
/// The shorter length, in characters.
const SHORT: usize = 700;

/// A character of the range `from..to` by chance that is always the same.
fn chance(seed: &mut u32, from: u32, to: u32) -> char {
    *seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
    char::from_u32(from + (*seed >> 8) % (to - from)).unwrap_or('\u{FFFD}')
}

/// The character at each place, asked for from the first on.
type Text = Box<dyn FnMut(usize) -> char>;

/// Texts made to be expensive, by name.
fn hostile() -> Vec<(&'static str, Text)> {
    let cycle = |text: &'static str| {
        let chars: Vec<char> = text.chars().collect();
        move |i: usize| chars[i % chars.len()]
    };
    let range = |from, to| {
        let mut seed = 7;
        move |_| chance(&mut seed, from, to)
    };
    vec![
        ("rare Hanzi", Box::new(range(0x4E00, 0xA000))),
        ("Hangul", Box::new(range(0xAC00, 0xD7A4))),
        ("letters of Latin-1", Box::new(range(0xA0, 0x100))),
        ("private use", Box::new(range(0xE000, 0xF900))),
        ("any plane", Box::new(range(0x80, 0x2_0000))),
        ("question marks", Box::new(cycle("?"))),
        ("replacement characters", Box::new(cycle("\u{FFFD}"))),
        ("marks among Hanzi", Box::new(cycle("鏂?瓧\u{FFFD}缂?爜"))),
        ("one character", Box::new(cycle("锟"))),
        ("alternating chains", Box::new(cycle("鏂囧瓧缂栫爜ÎÄ×Ö±àÂëæ–‡å\u{AD}—ΜΔΧΦ¤¤¤å"))),
        ("nested damage", Box::new(cycle("é\u{8F}‚å›§ç“§ç¼‚æ \u{AD}ç\u{88}œ闁炽儱"))),
        ("nearly UTF-8", Box::new(cycle("Ã¤Ã\u{A0}â‚ðŸ˜Ã(é‚"))),
        ("combining marks", Box::new(range(0x300, 0x370))),
        ("bidirectional controls", Box::new(cycle("\u{202E}א\u{200F}ب\u{2066}"))),
        ("noncharacters", Box::new(cycle("\u{FFFF}\u{FDD0}\u{1FFFE}"))),
        ("a table of characters", Box::new(cycle("('ē', '鐛'), ('ļ', '镾'), "))),
        ("lines of each kind", Box::new(cycle("鏂囧瓧\nÎÄ×Ö\n문자\n?\n"))),
    ]
}

#[test]
fn work_is_linear_whatever_the_text() {
    let repairer = Repairer::new();
    let mut failures = Vec::new();
    for (name, mut at) in hostile() {
        let text: Vec<char> = (0..SHORT * 4).map(&mut at).collect();
        let [short, long] = [SHORT, SHORT * 4].map(|length| {
            let text: String = text[..length].iter().collect();
            let mut scratch = Scratch::default();
            let _ = repairer.report_with(&text, &mut scratch);
            scratch.buffers.tools.work
        });
        let each = long / (SHORT as u64 * 4);
        println!(
            "{name}: {each} for each character, {:.2} times as much for four times the length",
            long as f64 / short.max(1) as f64
        );
        // What is always weighed once does not count.
        if each > MOST_EACH || long as f64 > short.max(20_000) as f64 * 4.0 * SLACK {
            failures.push(format!("{name}: {short}, {long}"));
        }
    }
    assert!(failures.is_empty(), "{failures:#?}");
}

/// Where one byte of a line is missing, that is looked for near its place, not over all of the line.
#[test]
fn a_missing_byte_makes_little_work() {
    let (mut scratch, line) = (Scratch::default(), "浣犲ソ涓栫晫鏂囧瓧涔辩爜锛岀湅涓嶆噦浜嗐€\n");
    let work = |text: &str, scratch: &mut Scratch| {
        let before = scratch.buffers.tools.work;
        let _ = Repairer::new().report_with(text, scratch);
        (scratch.buffers.tools.work - before) / text.chars().count() as u64
    };
    // What may stand for what is missing is weighed once.
    work(line, &mut scratch);
    let each = work(&line.repeat(50), &mut scratch);
    println!("{each} for each character");
    assert!(each <= MOST_OF_LITTLE, "{each}");
}

/// A damaged line is looked at by itself, whatever stands before and behind it.
#[test]
fn a_damaged_line_among_clean_ones_makes_little_work() {
    let clean = "街口那家修鞋的铺子已经关了三个月，门上贴着告示。\n";
    for (chain, damaged) in [
        ("utf-8>gbk", "杩涘潧瀛愶紝璇存槸瑕佺暀鍒板啲澶╁啀鍚冿紱"),
        ("gbk>latin-1", "ÄãºÃÊÀ½çÎÄ×ÖÂÒÂë£¬¿´²»¶®ÁË¡£Ã÷ÌìÇëÄãºÈ²è¡£"),
    ] {
        let [alone, among] = [String::new(), clean.repeat(3)].map(|clean| {
            let mut scratch = Scratch::default();
            let text = format!("{clean}{damaged}\n{clean}");
            assert_eq!(Repairer::new().report_with(&text, &mut scratch).repairs.len(), 1, "{chain}");
            scratch.buffers.tools.work
        });
        println!("{chain}: {alone} alone, {among} among clean ones");
        assert!(among <= alone * MOST_AMONG, "{chain}: {alone} alone, {among} among clean ones");
    }
}

/// A damaged phrase in a clean line is evident by itself.
#[test]
fn a_damaged_phrase_in_a_clean_line_makes_little_work() {
    for damaged in ["杩涘潧瀛愶紝璇存槸瑕佺暀鍒板啲澶╁啀鍚冿紱", "ÄãºÃÊÀ½çÎÄ×ÖÂÒÂë£¬¿´²»¶®ÁË¡£"]
    {
        let text = format!("街口那家修鞋的铺子{damaged}已经关了三个月，门上贴着告示。");
        let (mut scratch, repairer) = (Scratch::default(), Repairer::new());
        assert_eq!(repairer.report_with(&text, &mut scratch).repairs.len(), 1, "{damaged}");
        let each = scratch.buffers.tools.work / text.chars().count() as u64;
        println!("{damaged}: {each} for each character");
        assert!(each <= MOST_OF_PHRASE, "{damaged}: {each}");
    }
}
