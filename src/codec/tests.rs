use super::*;

#[test]
fn smoke() {
    let bytes = Codec::UTF_8.encode("文字").unwrap();
    assert_eq!(Codec::GBK.decode(&bytes).unwrap(), "鏂囧瓧");
}
