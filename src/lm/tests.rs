//! A model of a few lines, built here, and the embedded one.

use std::collections::BTreeMap;

use super::*;
use crate::cost::nats;
use crate::train::{CLASSES, DIGIT, Entry, FIRST_CLASS, Parts, class_id, key};

const LINES: [&str; 6] = [
    "今天天气很好。",
    "今天下雨，天气不好。",
    "雨停了，天气很好。",
    "The rain stopped.",
    "Il a plu été.",
    "дождь идёт",
];

/// Probabilities by relative frequency, half of each given to the next shorter n-gram, and everything kept.
pub(crate) fn tiny() -> Parts {
    let mut chars: BTreeMap<char, u32> = BTreeMap::new();
    for c in LINES.iter().flat_map(|line| line.chars()) {
        *chars.entry(c).or_default() += 1;
    }
    let mut vocabulary: Vec<char> = chars.keys().copied().collect();
    vocabulary.sort_by_key(|c| std::cmp::Reverse(chars[c]));
    let id = |c: char| {
        vocabulary.iter().zip(FIRST_CHAR..).find(|&(&v, _)| v == c).map_or(class_id(c), |(_, id)| id)
    };
    let streams = LINES.map(|line| {
        [BOUNDARY].into_iter().chain(line.chars().map(id)).chain([BOUNDARY]).collect::<Vec<u16>>()
    });
    let total = streams.iter().map(|stream| stream.len() - 1).sum::<usize>() as f64;
    let level = |p: f64| (-p.ln() * 16.0).round().clamp(0.0, 255.0) as u8;
    let mut p: BTreeMap<Vec<u16>, f64> = BTreeMap::new();
    for stream in &streams {
        for &id in &stream[1..] {
            *p.entry(vec![id]).or_default() += 1.0 / total;
        }
    }
    for length in 2..=3 {
        let mut contexts: BTreeMap<&[u16], BTreeMap<&[u16], f64>> = BTreeMap::new();
        for gram in streams.iter().flat_map(|stream| stream.windows(length)) {
            *contexts.entry(&gram[..length - 1]).or_default().entry(gram).or_default() += 1.0;
        }
        let mut next = BTreeMap::new();
        for grams in contexts.values() {
            let sum: f64 = grams.values().sum();
            for (gram, n) in grams {
                next.insert(gram.to_vec(), 0.5 * n / sum + 0.5 * p[&gram[1..]]);
            }
        }
        p.extend(next);
    }
    // Half a nat's worth of backoff, ln 2, wherever something builds on an n-gram.
    let begins =
        |gram: &[u16]| p.keys().any(|longer| longer.len() == gram.len() + 1 && longer.starts_with(gram));
    let mut unigrams = vec![(3000, 0); usize::from(FIRST_CHAR) + vocabulary.len()];
    for (unigram, id) in unigrams.iter_mut().zip(0u16..) {
        if let Some(p) = p.get(&vec![id]) {
            unigram.0 = (-p.ln() * 256.0).round() as u16;
        }
        unigram.1 = u16::from(begins(&[id])) * 11;
    }
    let mut extra = vec![0; usize::from(FIRST_CHAR)];
    extra[usize::from(DIGIT)] = 589;
    let ngrams = (2..=3)
        .map(|length| {
            p.iter()
                .filter(|(gram, _)| gram.len() == length)
                .map(|(gram, &p)| Entry {
                    key: key(gram),
                    cost: level(p),
                    backoff: u8::from(begins(gram)) * 11,
                })
                .collect()
        })
        .collect();
    Parts {
        common: vocabulary.clone(),
        unremarkable: vocabulary.clone(),
        vocabulary,
        unigrams,
        extra,
        costs: (0..256).map(|level| level * 16).collect(),
        backoffs: (0..256).map(|level| level * 16).collect(),
        ngrams,
        pairs: vec![('д', 'о'), ('é', '’'), ('“', 'É'), ('α', 'β'), ('«', 'П'), ('»', '…')],
        note: "six lines".to_owned(),
    }
}

fn nats_of(model: &Model, text: &str) -> f64 {
    model.cost(text) as f64 / 256.0
}

#[test]
fn longest_ngram_decides_and_backoffs_pay() {
    let parts = tiny();
    let model = Model::from_bytes(parts.pack()).unwrap();
    assert_eq!((model.order(), model.note()), (3, "six lines"));
    let level_of = |gram: &str| {
        let ids: Vec<u16> = gram.chars().map(|c| model.id(c).0).collect();
        let entry = parts.ngrams[ids.len() - 2].iter().find(|entry| entry.key == key(&ids)).unwrap();
        i32::from(entry.cost) * 16
    };
    let run = |text: &str| text.chars().fold((0, model.unknown()), |(_, state), c| model.score(state, c));
    assert_eq!(run("今天").0, level_of("今天"));
    assert_eq!(run("今天天").0, level_of("今天天"));
    // 天很 is not there: 很 alone, and the backoff of 天; 气 ended no longer n-gram.
    assert_eq!(run("天很").0, model.unigram('很') + 11 * 16);
    // 停气很: 停气 is not there, so the state after it is that of 气 alone.
    assert_eq!(run("停气").1, run("气").1);
    assert_eq!(run("停气很").0, level_of("气很"));
    // 了，天: known. 很，天: the context 很， is unknown, so it costs nothing to leave out.
    assert_eq!(run("了，天").0, level_of("了，天"));
    assert_eq!(run("很，天").0, level_of("，天"));
    assert_eq!(model.score(model.start(), '今').0, i32::from(parts.ngrams[0][1].cost) * 16);
}

#[test]
fn classes_and_digits() {
    let model = Model::from_bytes(tiny().pack()).unwrap();
    assert_eq!(model.id('0'), model.id('7'));
    assert_eq!(model.id('0').0, DIGIT);
    assert_eq!(model.id('\u{E000}').0, FIRST_CLASS + 2);
    assert_eq!(model.id('\r'), model.id('\n'));
    assert!(model.knows('天') && model.knows('5') && !model.knows('龘'));
    // An unknown character is context by its class.
    assert_eq!(model.score(model.unknown(), '龘').1, model.score(model.unknown(), '鬱').1);
    for c in '\0'..=char::MAX {
        assert!(class_id(c) < FIRST_CLASS + CLASSES.len() as u16);
    }
}

#[test]
fn damaged_files_are_refused_or_harmless() {
    let bytes = tiny().pack();
    for length in 0..bytes.len() {
        assert!(Model::from_bytes(bytes[..length].to_vec()).unwrap_err().is_model());
    }
    let text = "今天é д\u{FFFD}\u{10FFFF}龘9。\n";
    for at in 0..bytes.len() {
        for flip in if at < 400 { &[1, 0x80, 0xFF][..] } else { &[0xFF] } {
            let mut damaged = bytes.clone();
            damaged[at] ^= flip;
            // Nobody looks at bytes 16–24 but the hash itself.
            assert!(Model::from_bytes(damaged.clone()).unwrap_err().is_model(), "byte {at}");
            // Nor may it do harm in a file whose hash is never looked at.
            if let Ok(model) = Model::open(Cow::Owned(damaged)) {
                let _ =
                    (model.cost(text), model.common().count(), model.note(), model.pair_is_common('é', 'д'));
            }
        }
    }
    // Any size that a header states.
    for at in (32..48 + 12 * 8).step_by(4) {
        for word in [0_u32, 1, 63, 64, 0x7FFF_FFFF, 0xFFFF_FFC0, u32::MAX] {
            let mut hostile = bytes.clone();
            hostile[at..at + 4].copy_from_slice(&word.to_le_bytes());
            if let Ok(model) = Model::open(Cow::Owned(hostile)) {
                let _ = (model.cost(text), model.common().count(), model.note());
                let _ = crate::Repairer::builder().model(model).build().repair("鏂囧瓧 Ã©tÃ©");
            }
        }
    }
    let nothing = Model::of(File::empty());
    assert_eq!(nothing.cost("ab"), 3 * i64::from(near::UNKNOWN));
    assert!(!nothing.is_common('a') && nothing.common().next().is_none());
}

#[test]
fn pairs() {
    let model = Model::from_bytes(tiny().pack()).unwrap();
    assert!(model.pair_is_common('д', 'о') && !model.pair_is_common('о', 'д'));
    assert!(model.pair_is_common('é', '’') && !model.pair_is_common('’', 'é'));
    assert!(model.pair_is_common('“', 'É') && model.pair_is_common('α', 'β'));
    assert!(
        model.pair_is_common('«', 'П') && !model.pair_is_common('П', '«') && !model.pair_is_common('«', 'п')
    );
    assert!(model.pair_is_common('»', '…') && !model.pair_is_common('…', '»'));
    assert!(model.pair_is_common('天', '气') && model.pair_is_common('é', 't'));
    assert!(!model.pair_is_common('é', '天') && !model.pair_is_common('天', '龘'));
}

#[test]
fn state_is_small() {
    assert!(size_of::<State>() <= 16);
    fn shared<T: Send + Sync + std::panic::UnwindSafe>() {}
    shared::<Model>();
}

#[test]
fn embedded_is_whole() {
    let model = Model::from_bytes(luanma_model::MODEL).unwrap();
    assert_eq!(model.hash(), Model::embedded().hash());
    assert!(model.size() <= 5_000_000);
    assert_eq!(luanma_model::MODEL.as_ptr() as usize % 64, 0);
    assert!(model.common().count() >= 5_000);
}

#[test]
fn embedded_prefers_clean_text() {
    let model = Model::embedded();
    for (clean, damaged) in [
        ("文字", "鏂囧瓧"),
        ("是的一你好", "鏄殑涓€浣犲ソ"),
        ("乱码的修复", "ÂÒÂëµÄÐÞ¸´"),
        ("編碼錯誤", "絬絏岿粇"),
        ("déjà vu", "dÃ©jÃ  vu"),
        ("Привет", "РџСЂРёРІРµС‚"),
        ("こんにちは", "縺薙ｓ縺ｫ縺｡縺ｯ"),
        ("안녕하세요", "�ȳ��ϼ���"),
    ] {
        assert!(nats_of(model, clean) + 10.0 < nats_of(model, damaged), "{clean} {damaged}");
    }
}

#[test]
fn embedded_finds_the_unseen_costly() {
    let model = Model::embedded();
    for c in ['\u{80}', '\u{9D}', '\u{E000}', '\u{F8FF}', '\u{10FFFD}', '\u{FDD0}', '\u{FFFF}', '\u{FFFD}'] {
        assert!(model.unigram(c) >= nats(12.9), "{c:?}: {}", model.unigram(c));
    }
    let mut least = Cost::MAX;
    for c in '\0'..=char::MAX {
        if !model.knows(c) {
            assert!(model.unigram(c) >= nats(11.9), "{c:?}: {}", model.unigram(c));
            for before in ['的', 'a', '9', '\n', '龘'] {
                let (cost, _) = model.score(model.score(model.unknown(), before).1, c);
                least = least.min(cost);
            }
        }
    }
    assert!(least >= nats(7.0), "{least}");
}

#[test]
fn embedded_knows_what_is_unremarkable() {
    let model = Model::embedded();
    for c in "的一是了我國學體，。“”、éüñдыαのカ한이a~ 1".chars() {
        assert!(model.is_common(c), "{c:?}");
    }
    for c in "鏂瓧鐨勪锛銆錕\u{E000}\u{80}\u{FFFD}".chars().filter(|&c| !matches!(c, '勪' | '銆')) {
        assert!(!model.is_common(c), "{c:?}");
    }
    assert!(
        model.pair_is_common('п', 'р') && model.pair_is_common('«', 'П') && model.pair_is_common('đ', 'ế')
    );
    for (a, b) in
        [('Ã', '©'), ('â', '€'), ('Ð', '¿'), ('Р', 'Џ'), ('С', '‚'), ('Р', '«'), ('Р', '°'), ('Î', '±')]
    {
        assert!(!model.pair_is_common(a, b), "{a}{b}");
    }
}
