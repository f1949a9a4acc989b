//! What normalisation and ftfy make of characters, and what it costs to assume that they did.
//!
//! Generated: python3 crates/luanma-dev/scripts/second_hand.py TEXTS >src/lattice/second_hand/tables.rs

use crate::codec::Codec;
use crate::cost::{Cost, nats};

/// C2 and a byte that became the character of that byte.
pub(super) const FUSED_C2: Cost = nats(0.36);
/// C3 and a byte that became the character of that byte and 40.
pub(super) const FUSED_C3: Cost = nats(0.55);
/// Two other bytes that became one character.
pub(super) const FUSED_TWO: Cost = nats(1.06);
/// Three bytes that became one character.
pub(super) const FUSED_THREE: Cost = nats(0.90);
/// Four bytes that became one character.
pub(super) const FUSED_FOUR: Cost = nats(1.79);
/// Bytes that were fused, and what came of them once more, or by way of another page.
pub(super) const FUSED_AGAIN: Cost = nats(4.77);

/// The pages by way of which ftfy fuses, beside those that everything else goes by.
pub(super) const PAGES: [Codec; 9] = [
    Codec::WINDOWS_1252,
    Codec::WINDOWS_1251,
    Codec::WINDOWS_1250,
    Codec::WINDOWS_1253,
    Codec::WINDOWS_1254,
    Codec::WINDOWS_1257,
    Codec::ISO_8859_2,
    Codec::MACROMAN,
    Codec::CP437,
];

/// What ligatures are spelt out as, the longest first.
pub(super) const SPELT: [(&str, char); 22] = [
    ("ffi", 'ﬃ'),
    ("ffl", 'ﬄ'),
    ("DZ", 'Ǳ'),
    ("Dz", 'ǲ'),
    ("DŽ", 'Ǆ'),
    ("Dž", 'ǅ'),
    ("IJ", 'Ĳ'),
    ("LJ", 'Ǉ'),
    ("Lj", 'ǈ'),
    ("NJ", 'Ǌ'),
    ("Nj", 'ǋ'),
    ("dz", 'ǳ'),
    ("dž", 'ǆ'),
    ("ff", 'ﬀ'),
    ("fi", 'ﬁ'),
    ("fl", 'ﬂ'),
    ("ij", 'ĳ'),
    ("lj", 'ǉ'),
    ("nj", 'ǌ'),
    ("st", 'ﬆ'),
    ("ſt", 'ﬅ'),
    ("ʼn", 'ŉ'),
];

/// The quotes that ftfy straightens.
pub(super) const STRAIGHTENED: [(&str, char); 9] = [
    ("'", 'ʼ'),
    ("'", '‘'),
    ("'", '’'),
    ("'", '‚'),
    ("'", '‛'),
    ("\"", '“'),
    ("\"", '”'),
    ("\"", '„'),
    ("\"", '‟'),
];

/// What NFC replaces characters by that UTF-8 spells in two bytes.
pub(super) const REPLACED: [(&str, char); 7] = [
    ("\u{300}", '\u{340}'),
    ("\u{301}", '\u{341}'),
    ("\u{313}", '\u{343}'),
    ("\u{308}\u{301}", '\u{344}'),
    ("ʹ", '\u{374}'),
    (";", '\u{37E}'),
    ("·", '\u{387}'),
];

/// What NFKC makes of the characters of single-byte pages, the longest first.
pub(super) const COMPATIBLE: [(&str, char); 26] = [
    ("1⁄4", '¼'),
    ("1⁄2", '½'),
    ("3⁄4", '¾'),
    ("...", '…'),
    (" \u{308}", '¨'),
    (" \u{304}", '¯'),
    (" \u{301}", '´'),
    (" \u{327}", '¸'),
    (" \u{306}", '˘'),
    (" \u{307}", '˙'),
    (" \u{30A}", '˚'),
    (" \u{328}", '˛'),
    (" \u{303}", '˜'),
    (" \u{30B}", '˝'),
    (" \u{333}", '‗'),
    ("TM", '™'),
    ("fi", 'ﬁ'),
    ("fl", 'ﬂ'),
    (" ", '\u{A0}'),
    ("a", 'ª'),
    ("2", '²'),
    ("3", '³'),
    ("μ", 'µ'),
    ("1", '¹'),
    ("o", 'º'),
    ("n", 'ⁿ'),
];

/// For each combining mark, the characters that NFC composes with it, and their bases in the same order.
pub(super) const COMPOSED: [(char, &str, &str); 32] = [
    (
        '\u{300}',
        "ÀÈÌÒÙàèìòùǛǜǸǹЀЍѐѝḔḕṐṑẀẁẦầẰằỀềỒồỜờỪừỲỳἂἃἊἋἒἓἚἛἢἣἪἫἲἳἺἻὂὃὊὋὒὓὛὢὣὪὫὰὲὴὶὸὺὼᾺῈῊ῍ῒῚ῝ῢῪ῭ῸῺ",
        "AEIOUaeiouÜüNnЕИеиĒēŌōWwÂâĂăÊêÔôƠơƯưYyἀἁἈἉἐἑἘἙἠἡἨἩἰἱἸἹὀὁὈὉὐὑὙὠὡὨὩαεηιουωΑΕΗ᾿ϊΙ῾ϋΥ¨ΟΩ",
    ),
    (
        '\u{301}',
        "ÁÉÍÓÚÝáéíóúýĆćĹĺŃńŔŕŚśŹźǗǘǴǵǺǻǼǽǾǿ΅ΆΈΉΊΌΎΏΐάέήίΰόύώϓЃЌѓќḈḉḖḗḮḯḰḱḾḿṌṍṒṓṔṕṸṹẂẃẤấẮắẾếỐốỚớỨứἄἅἌἍἔἕἜἝἤἥἬἭἴἵἼἽὄὅὌὍὔὕὝὤὥὬὭ῎῞",
        "AEIOUYaeiouyCcLlNnRrSsZzÜüGgÅåÆæØø¨ΑΕΗΙΟΥΩϊαεηιϋουωϒГКгкÇçĒēÏïKkMmÕõŌōPpŨũWwÂâĂăÊêÔôƠơƯưἀἁἈἉἐἑἘἙἠἡἨἩἰἱἸἹὀὁὈὉὐὑὙὠὡὨὩ᾿῾",
    ),
    ('\u{302}', "ÂÊÎÔÛâêîôûĈĉĜĝĤĥĴĵŜŝŴŵŶŷẐẑẬậỆệỘộ", "AEIOUaeiouCcGgHhJjSsWwYyZzẠạẸẹỌọ"),
    ('\u{303}', "ÃÑÕãñõĨĩŨũṼṽẪẫẴẵẼẽỄễỖỗỠỡỮữỸỹ", "ANOanoIiUuVvÂâĂăEeÊêÔôƠơƯưYy"),
    (
        '\u{304}',
        "ĀāĒēĪīŌōŪūǕǖǞǟǠǡǢǣǬǭȪȫȬȭȰȱȲȳӢӣӮӯḠḡḸḹṜṝᾱᾹῑῙῡῩ",
        "AaEeIiOoUuÜüÄäȦȧÆæǪǫÖöÕõȮȯYyИиУуGgḶḷṚṛαΑιΙυΥ",
    ),
    ('\u{306}', "ĂăĔĕĞğĬĭŎŏŬŭЎЙйўӁӂӐӑӖӗḜḝẶặᾰᾸῐῘῠῨ", "AaEeGgIiOoUuУИиуЖжАаЕеȨȩẠạαΑιΙυΥ"),
    (
        '\u{307}',
        "ĊċĖėĠġİŻżȦȧȮȯḂḃḊḋḞḟḢḣṀṁṄṅṖṗṘṙṠṡṤṥṦṧṨṩṪṫẆẇẊẋẎẏẛ",
        "CcEeGgIZzAaOoBbDdFfHhMmNnPpRrSsŚśŠšṢṣTtWwXxYyſ",
    ),
    (
        '\u{308}',
        "ÄËÏÖÜäëïöüÿŸΪΫϊϋϔЁЇёїӒӓӚӛӜӝӞӟӤӥӦӧӪӫӬӭӰӱӴӵӸӹḦḧṎṏṺṻẄẅẌẍẗ",
        "AEIOUaeiouyYΙΥιυϒЕІеіАаӘәЖжЗзИиОоӨөЭэУуЧчЫыHhÕõŪūWwXxt",
    ),
    ('\u{309}', "ẢảẨẩẲẳẺẻỂểỈỉỎỏỔổỞởỦủỬửỶỷ", "AaÂâĂăEeÊêIiOoÔôƠơUuƯưYy"),
    ('\u{30A}', "ÅåŮůẘẙ", "AaUuwy"),
    ('\u{30B}', "ŐőŰűӲӳ", "OoUuУу"),
    ('\u{30C}', "ČčĎďĚěĽľŇňŘřŠšŤťŽžǍǎǏǐǑǒǓǔǙǚǦǧǨǩǮǯǰȞȟ", "CcDdEeLlNnRrSsTtZzAaIiOoUuÜüGgKkƷʒjHh"),
    ('\u{30F}', "ȀȁȄȅȈȉȌȍȐȑȔȕѶѷ", "AaEeIiOoRrUuѴѵ"),
    ('\u{311}', "ȂȃȆȇȊȋȎȏȒȓȖȗ", "AaEeIiOoRrUu"),
    ('\u{313}', "ἀἈἐἘἠἨἰἸὀὈὐὠὨῤ", "αΑεΕηΗιΙοΟυωΩρ"),
    ('\u{314}', "ἁἉἑἙἡἩἱἹὁὉὑὙὡὩῥῬ", "αΑεΕηΗιΙοΟυΥωΩρΡ"),
    ('\u{31B}', "ƠơƯư", "OoUu"),
    ('\u{323}', "ḄḅḌḍḤḥḲḳḶḷṂṃṆṇṚṛṢṣṬṭṾṿẈẉẒẓẠạẸẹỊịỌọỢợỤụỰựỴỵ", "BbDdHhKkLlMmNnRrSsTtVvWwZzAaEeIiOoƠơUuƯưYy"),
    ('\u{324}', "Ṳṳ", "Uu"),
    ('\u{325}', "Ḁḁ", "Aa"),
    ('\u{326}', "ȘșȚț", "SsTt"),
    ('\u{327}', "ÇçĢģĶķĻļŅņŖŗŞşŢţȨȩḐḑḨḩ", "CcGgKkLlNnRrSsTtEeDdHh"),
    ('\u{328}', "ĄąĘęĮįŲųǪǫ", "AaEeIiUuOo"),
    ('\u{32D}', "ḒḓḘḙḼḽṊṋṰṱṶṷ", "DdEeLlNnTtUu"),
    ('\u{32E}', "Ḫḫ", "Hh"),
    ('\u{330}', "ḚḛḬḭṴṵ", "EeIiUu"),
    ('\u{331}', "ḆḇḎḏḴḵḺḻṈṉṞṟṮṯẔẕẖ", "BbDdKkLlNnRrTtZzh"),
    ('\u{342}', "ἆἇἎἏἦἧἮἯἶἷἾἿὖὗὟὦὧὮὯᾶ῁ῆ῏ῖῗ῟ῦῧῶ", "ἀἁἈἉἠἡἨἩἰἱἸἹὐὑὙὠὡὨὩα¨η᾿ιϊ῾υϋω"),
    (
        '\u{345}',
        "ᾀᾁᾂᾃᾄᾅᾆᾇᾈᾉᾊᾋᾌᾍᾎᾏᾐᾑᾒᾓᾔᾕᾖᾗᾘᾙᾚᾛᾜᾝᾞᾟᾠᾡᾢᾣᾤᾥᾦᾧᾨᾩᾪᾫᾬᾭᾮᾯᾲᾳᾴᾷᾼῂῃῄῇῌῲῳῴῷῼ",
        "ἀἁἂἃἄἅἆἇἈἉἊἋἌἍἎἏἠἡἢἣἤἥἦἧἨἩἪἫἬἭἮἯὠὡὢὣὤὥὦὧὨὩὪὫὬὭὮὯὰαάᾶΑὴηήῆΗὼωώῶΩ",
    ),
    ('\u{653}', "\u{622}", "\u{627}"),
    ('\u{654}', "\u{623}\u{624}\u{626}\u{6C0}\u{6C2}\u{6D3}", "\u{627}\u{648}\u{64A}\u{6D5}\u{6C1}\u{6D2}"),
    ('\u{655}', "\u{625}", "\u{627}"),
];

/// The canonical combining classes of U+0300 to U+036F.
pub(super) const CLASSES: [u8; 112] = [
    230, 230, 230, 230, 230, 230, 230, 230, 230, 230, 230, 230, 230, 230, 230, 230, 230, 230, 230, 230, 230,
    232, 220, 220, 220, 220, 232, 216, 220, 220, 220, 220, 220, 202, 202, 220, 220, 220, 220, 202, 202, 220,
    220, 220, 220, 220, 220, 220, 220, 220, 220, 220, 1, 1, 1, 1, 1, 220, 220, 220, 220, 230, 230, 230, 230,
    230, 230, 230, 230, 240, 230, 220, 220, 220, 230, 230, 230, 220, 220, 0, 230, 230, 230, 220, 220, 220,
    220, 230, 232, 220, 220, 230, 233, 234, 234, 233, 234, 234, 233, 230, 230, 230, 230, 230, 230, 230, 230,
    230, 230, 230, 230, 230,
];
