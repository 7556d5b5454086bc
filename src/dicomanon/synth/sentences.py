"""What people write into headers: sentences with names, numbers and dates among medicine.

Strategy: `[...]` must stay, `{...}` identifies; what stands in neither may go or stay.
Eponyms (Hodgkin, Parkinson, 川崎病), units and codes stand in what must stay; titles and
labels stand in neither.

Invariants: no sentence names a person but by a mark.
"""

from __future__ import annotations

DESCRIPTION = {
    "en": (
        "[exam]",
        "[exam] {last}",
        "[exam] for {first} {last}",
        "[exam] {LAST}^{FIRST}",
        "[exam] - {id}",
        "[exam] ACC#{accession}",
        "[exam] {date_slashed}",
        "[exam] DOB {born}",
        "Dr. {doctor}: [exam]",
        "[exam] pt. {last} MRN:{id}",
        "[Hodgkin lymphoma staging], {last}",
        "[exam W/O CONTRAST] {accession}",
        "{LAST}{id} [exam]",
        "[exam] {date_month}",
        "[exam] f/u {date_short}",
    ),
    "ja": (
        "[exam]",
        "[exam] {kanji_last}様",
        "{kanji_last}{kanji_first}様 [exam]",
        "[exam] ID:{id}",
        "[exam] {date_wide}",
        "[exam] {date_era}",
        "[川崎病 経過観察] {kanji_last}殿",
        "[exam] {kanji_doctor}医師依頼",
        "[造影] [exam] {accession}",
        "[exam]　{kanji_last}　{kanji_first}",
        "[exam] {date_kanji}",
        "{kana_last}さん [exam]",
    ),
}
PROTOCOL = {
    "en": (
        "[exam]",
        "{LAST}_[exam]",
        "[exam]_{id}",
        "Dr {doctor} [protocol]",
        "[exam] {doctor} 2.5[mm]",
        "[Parkinson] {last}",
    ),
    "ja": (
        "[exam]",
        "[exam]_{id}",
        "{kanji_doctor}先生用 [exam]",
        "{kanji_last}様用 [exam]",
    ),
}
COMMENT = {
    "en": (
        (
            "Patient {first} {last} was seen on {date_words}. "
            "[Known Parkinson disease with progressive gait disturbance]. "
            "Please call {phone} with results."
        ),
        (
            "Mrs. {last}, DOB {born_words}, MRN {id}: [a 12 mm nodule in the right upper lobe]. "
            "Discussed with Dr. {doctor}."
        ),
        "[Wilson disease, copper 24 ug/dL]. SSN {other_id}. Lives at {street}.",
        (
            "Prior study {accession} of {date_american} for {last}, {first}: "
            "[no evidence of Hodgkin lymphoma]. Contact {email}."
        ),
        (
            "[Bell palsy for two weeks, on 60 mg prednisone]. Referred by Dr. {doctor}, "
            "tel. {phone}."
        ),
        (
            "ID{id} [exam performed with 100 ml contrast at 3.5 ml/s]. "
            "[Hashimoto thyroiditis, Graves disease excluded]. Tech: {reader}"
        ),
        "DOB{born} [Hodgkin lymphoma, stage IIA; Cobb angle 12 deg]. Next visit {date_month}.",
        "{LAST}, {FIRST} ({id}) [creatinine 0.9 mg/dL, eGFR 84]. Scanned {date}.",
    ),
    "ja": (
        "{kanji_last}{kanji_first}様、{date_era}に受診。[川崎病の既往あり]。連絡先 {phone}",
        "患者番号{id}、{kanji_last}氏。[右上葉に12mm大の結節を認める]。{kanji_doctor}医師へ報告済",
        "[橋本病で通院中]。{date_wide} 前回検査。ID {id}",
        "{date_ja} 転倒。[左大腿骨頸部骨折の疑い]。住所 {street}",
        "生年月日 {born_era}。[高安動脈炎の経過観察、CRP 0.3 mg/dL]。{kanji_last}殿",
        "{date_kanji}撮影、ＩＤ：{id_wide}。[森林作業中に受傷、林檎アレルギー]。",
        "[造影剤アレルギーなし]。[eGFR 72]。依頼医: {kanji_doctor}先生 {date_era_letter}",
    ),
}
HISTORY = {
    "en": (
        "{last} reports [chest pain for three days]. [Type 2 diabetes mellitus].",
        "[Crohn disease, status post ileocecal resection] on {date_words} by Dr. {doctor}.",
        "[Parkinson disease]; Mr. {last} takes [levodopa 100 mg].",
        "[Non-Hodgkin lymphoma in remission]. MRN {id}.",
    ),
    "ja": (
        "{kanji_last}さんは[三日前から胸痛あり]。[2型糖尿病]。",
        "[クローン病術後]、{date_ja}に{kanji_doctor}医師が執刀。",
        "[パーキンソン病で内服加療中]。患者ID {id}",
        "[森田療法を受けている]。ID:{id}",
    ),
}
ALERT = {
    "en": (
        "[Pacemaker], call {doctor} before scan",
        "[Penicillin allergy]",
        "[MRSA positive] since {date}",
        "[Fall risk] - {last}",
    ),
    "ja": (
        "[ペースメーカー装着]",
        "[転倒リスクあり] {kanji_last}様",
        "[造影剤副作用歴あり] {date}",
    ),
}
REASON = {
    "en": (
        "[Rule out pulmonary embolism]",
        "[Follow-up of Hodgkin lymphoma], {last}",
        "[Suspected appendicitis], Dr. {doctor}",
        "[Staging] {id}",
    ),
    "ja": (
        "[肺塞栓症の除外]",
        "[川崎病の冠動脈評価] {kanji_last}様",
        "[術後経過観察]、{kanji_doctor}医師",
    ),
}
FINDINGS = {
    "en": (
        (
            "[Comparison is made to the prior study] of {date_words}. "
            "[The liver is unremarkable]. "
            "Findings were discussed with Dr. {doctor} by telephone at {phone}. "
            "[There is a 7 mm cyst in the left kidney]."
        ),
        (
            "Mr. {last} (MRN {id}) has [known Wilson disease]. "
            "[No focal hepatic lesion]. [Spleen measures 11.5 cm]."
        ),
        (
            "[Mild cardiomegaly]. {first} {last} was informed on {date_american}. "
            "[Hodgkin lymphoma in complete remission, Deauville score 2]."
        ),
    ),
    "ja": (
        (
            "{kanji_last}{kanji_first}様の[胸部CTを施行した]。[右肺上葉に10mm大の結節を認める]。"
            "前回 {date_era} と比較。"
        ),
        "[肝臓に明らかな腫瘤を認めない]。{date_ja}、{kanji_doctor}医師に電話で報告。",
        "ID {id}。[川崎病後の冠動脈瘤なし]。[心拡大なし]。{kanji_reader}",
    ),
}
IMPRESSION = {
    "en": ("[No acute cardiopulmonary process]", "[Stable disease]. {reader}, MD"),
    "ja": ("[急性期病変なし]", "[著変なし]。読影医 {kanji_reader}"),
}
STRUCTURE = {
    "en": ("[GTV] {last}", "[PTV 50.4 Gy]", "[Heart]", "[Lung_L]", "[Bowel] {id}"),
    "ja": ("[GTV] {kanji_last}", "[PTV 50Gy]", "[Heart]", "[SpinalCord]", "[CTV] {id}"),
}
LABEL = {
    "en": ("[PLAN A]", "{last} [CT1]", "[RS] {id}"),
    "ja": ("[PLAN A]", "{kanji_last} [CT1]", "[RS] {id}"),
}
NOTE = {
    "en": ("{last}, [see nodule]", "{date_slashed} [lesion 1]", "[L]", "{id} [R]"),
    "ja": ("{kanji_last} [結節]", "{date_wide} [病変1]", "[左]", "{id} [右]"),
}
