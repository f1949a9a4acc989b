//! Damage that was worked on before it came here: the report says so, and nothing else is taken for it.
#![allow(clippy::unwrap_used)]

use luanma::{Gaps, Loss, Repairer, Treatment, Verdict};

/// 我们的新书非常畅销，读者来信很多。 in GBK, read as Latin-1, fused; the ligature is spelt out.
const FUSED: &str = "ÎÒÃǵÄÐÂÊé·dz£³©Ïú£¬¶ÁÕßÀ´Ðźܶࡣ";
const BOOK: &str = "我们的新书非常畅销，读者来信很多。";

#[test]
fn the_report_names_the_treatment() {
    let report = Repairer::new().report(FUSED);
    assert_eq!(report.text, BOOK);
    let [repair] = &report.repairs[..] else { panic!("{:?}", report.repairs) };
    assert_eq!(repair.chain.unwrap().to_string(), "gbk>latin-1");
    assert_eq!(repair.treatment, Some(Treatment::Ftfy));
    assert_eq!(repair.verdict, Verdict::Repaired, "nothing was lost");
    // Each fused place is told.
    assert!(!repair.restored.is_empty() && repair.restored.iter().all(|r| r.loss == Loss::Fused));
    assert_eq!(luanma::apply(FUSED, &report.repairs), BOOK);
}

#[test]
fn nothing_fused_is_a_gap() {
    for gaps in [Gaps::Mark, Gaps::Refuse] {
        assert_eq!(Repairer::builder().gaps(gaps).build().repair(FUSED), BOOK);
    }
}

#[test]
fn plain_damage_has_no_treatment() {
    let text = luanma::Codec::LATIN_1.decode(&luanma::Codec::GBK.encode(BOOK).unwrap()).unwrap();
    let report = Repairer::new().report(&text);
    assert_eq!(report.text, BOOK);
    assert!(report.repairs.iter().all(|r| r.treatment.is_none()));
}

#[test]
fn candidates_name_it_too() {
    let candidates = Repairer::new().candidates(FUSED);
    assert_eq!(candidates[0].report.text, BOOK);
    assert_eq!(candidates[0].treatment, Some(Treatment::Ftfy));
}
