//! Bytes that were lost in ways which `garble` does not imitate: programs whose page lacks what luanma's has.

/// A reader of GBK without its private characters: one `?` for a pair that the page lacks.
#[test]
fn a_mark_stands_for_a_pair_that_the_page_lacks() {
    for (text, want) in [
        ("璁㈠崟鍐呭?涓嶈兘涓虹┖锛岃?閲嶆柊濉?啓", "订单内容不能为空，请重新填写"),
        ("杩欎釜鏍囬?澶?暱浜嗭紝璇风缉鐭?竴浜?", "这个标题太长了，请缩短一些"),
        ("COMMENT '娑堟伅鍐呭?'", "COMMENT '消息内容'"),
        ("鏄?惁榛樿?", "是否默认"),
    ] {
        assert_eq!(luanma::repair(text), want);
    }
}

/// Byte 80 is a control under code page 932, and 。、「」 have it: where controls were stripped nothing shows.
#[test]
fn a_control_was_stripped_from_code_page_932() {
    let text = "螟應ｹ晄凾縺ｫ髢峨∪繧翫∪縺吶よ掠繧√↓陦後″縺ｾ縺励ｇ縺";
    let repaired = luanma::repair(text);
    assert!(repaired.starts_with("夜九時に閉まります。早めに行きましょ"), "{repaired}");
}
