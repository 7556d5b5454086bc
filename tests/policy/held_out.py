"""Sentences of other patients, marked as in `sentences`.

They were written before the cleaner met them; names are made up.
"""

from __future__ import annotations

PATIENTS = {
    "MÜLLER^Jürgen": """
        {Müller} Thorax
        {MUELLER, JUERGEN} abdomen
        {Muller} knee
        {Mueller_J} spine
        {J. Müller} liver
        {jmuller} head ct
        LWS {Müller,Jürgen} sag
        {ＭÜＬＬＥＲ} head
        Pat. {Müller} hip left
        {JÜRGEN} c-spine
    """,
    "O'Brien^Kathleen^Mary": """
        {O'BRIEN} chest pa
        {OBRIEN} chest pa
        {O’Brien, Kathleen} brain
        {Kathleen M. O'Brien} mammogram left
        {K O'Brien} pelvis us
        {Mary Kathleen} breast mri
        {kathleenobrien}_mlo
        {O Brien}, right shoulder
    """,
    "Li^Wei=李^偉": """
        {Li Wei} liver mri
        {Li, Wei} liver mri
        {WEI} liver
        {李偉} 肝臓
        {李 偉} 腹部
        lithium therapy weight
        {Wei Li} spleen
    """,
    "van der Berg^Jan": """
        {van der Berg} heart
        {VANDERBERG} heart
        {Jan van der Berg} aorta
        {Berg}, aortic root
        angle der wave
    """,
    "佐々木^優=ササキ^ユウ": """
        {佐々木} 胸部CT
        {佐々木優様} 頭部
        {ササキ ユウ} 腹部
        {ｻｻｷ ﾕｳ} 膝
        {ささきさん} 腰椎
        {Sasaki Yuu} wrist
        {SASAKI} wrist
        {Yu Sasaki} elbow
        優位半球 優性
        {佐々木先生}
        左優位の脳血流
    """,
    "小野^正=オノ^タダシ": """
        {小野正} 胸部
        {小野} 腹部
        {オノ} 頭部
        {ONO^TADASHI} chest
        {Ohno} chest
        正面 正中 正常
        {オーノ タダシ} 肝
        {Ｏｎｏ} 胸部
        モノクローナル抗体
    """,
    "森^光=モリ^ヒカル": """
        {森} 腹部
        {森光} 頭部
        {森様} 膝
        {MORI} hand
        蛍光造影 眼底
        {青森県立}
        モリソン窩 液体貯留
        {モリ ヒカル} 乳房
        {森さん} 子宮
        光子 光学 光線
    """,
    "May^Theresa": """
        {Theresa May} chest
        {MAY, THERESA} abdomen
        {T. May} knee
        findings may be related to motion
        {May} brain
        {Theresa} skull
    """,
    "Long^White": """
        long axis cine
        {White Long} chest
        white matter lesions
        long TE echo
    """,
    "WHITE^W": """
        Parkinson {WHITE}
        PARKINSON WHITE
        Wolff-Parkinson-White syndrome, white matter
        """,
    "LONG^L": """
        {LONG}MRN{02240223} BONE SCAN
        Long bone scan
        """,
    "Parkinson^Wilson": """
        Parkinson disease, early
        {Parkinson} head
        Wolff-Parkinson-White syndrome
        {Wilson Parkinson} ankle
        Wilson's disease of the liver
        Wilson disease
    """,
    "Kim^Min-jun=김^민준": """
        {Kim Min-jun} chest
        {Minjun Kim} foot
        {KIM} foot
        {김민준} chest
        {김 민준} head
        minimum intensity
    """,
    "": """
        Thorax {03.05.2019} Verlauf
        seen on {3/5/2019} and {4-6-2019}
        Exam of {March 3rd, 2018}
        {03-Mar-2018} CT
        prior {2018/03}
        {3 March} and {March 2018}
        on {5th July 2017 at 10:30}
        {H30.3.3} 施行
        {平成三十年三月三日} 施行
        {平成30年3月} 術後
        {2018.3.3} 胸部
        {20180303_1230} Knee
        {2018-3-3 12:30:45} Knee
        call {555-123-4567} if abnormal
        {+1 (555) 123-4567}
        {06-6123-4567} 連絡
        {080 1234 5678} 携帯
        {0312345678} TEL
        TEL: {03(1234)5678}
        fax {02 1234 5678}
        write {j.smith+x@hospital.example.com}
        {ftp://pacs.example.net/a} dicom
        PACS {192.168.10.20} send
        MRN: {A-4471} head
        Pat ID={7781}
        Hosp No. {88123}
        {S0012345} chest
        {8812345} chest
        case 3 of 5
        患者ID {P-009} 胸部
        受付番号 {771}
        {東京都港区1-2-3}
        {〒530-0001} 頭部
        {札幌市中央区北1条1-2}
        {横浜市西区みなとみらい2丁目3番} 胸部
        {221B Baker Street} neck
        {St. Mary's Hospital} chest
        {Massachusetts General Hospital} MRI
        {University of Tokyo} study
        {東京大学医学部附属病院} 胸部
        {虎の門病院} 依頼
        {山本クリニック}より
        他院CT 前医MRI 当院紹介
        {Dr Gupta} chest
        {DR. SMITH} knee
        {Prof. Dr. Weber} protocol
        {Mr. John Smith} knee
        {Ms Garcia} mammo
        radiologist: {A. Kowalski}
        Tech: {Nguyen}
        performed by {Lopez}
        {Smith, MD} shoulder
        {Jane Doe, M.D.} shoulder
        {加藤様} 胃透視
        {吉田先生} 依頼
        {松本医師} 執刀
        技師：{木村}
        氏名：{斎藤 花子} 胸部
        {エリカ様} 骨盤
        {92 year old} female fall
        {94y} M
        {104歳} 女
        88 y/o F, 89 years old
        {age 91} dementia
        150 cm 95 kg
        100 ml Omnipaque 350
        {Anna-Maria Schmidt, MD} thyroid
    """,
    " ": """
        Sag T1 TSE 3mm fs post Gd
        Cor STIR 4.0/1.0
        AX DWI b0/b500/b1000 ADC
        CTA CHEST PE PROTOCOL 1.25MM
        HRCT lung 1mm sharp kernel B70f
        CT Urogram delayed 10 min
        MRCP 3D respiratory triggered
        t2_tse_tra_320_p2 5mm
        ep2d_bold_moco_p2_s2
        SE T1 TR=500 TE=10 NEX=2 FA 90
        NM bone scan 20 mCi Tc99m MDP 3 hrs
        PET/CT skull base to mid-thigh, 60 min uptake
        US abdomen RUQ pain r/o cholecystitis
        XR knee 3 views weight bearing L
        MG screening bilateral CC and MLO tomo
        DX hand 2V R, r/o fracture 5th metacarpal
        RT plan 50 Gy in 25 fx, 6 MV photons
        fluoro UGI with SBFT
        echocardiogram LVEF 55 %
        Dixon water fat in-phase opp-phase
        dose report CTDIvol 12.3 mGy DLP 450 mGycm
        Colles fracture, Baker cyst, Schmorl node
        Hashimoto thyroiditis, Graves disease
        Down syndrome with Hirschsprung disease
        von Willebrand disease
        Non-Hodgkin's lymphoma post chemo
        T4N2M1, stage IIIB, Gleason 3+4=7
        ICD-10 C34.1 J18.9
        SNOMED 387713003
        CPT 71260, RID1301
        頭部単純CT 5mm厚
        胸部〜骨盤造影CT 100mL 300mgI
        腹部ダイナミックCT 動脈相 門脈相 平衡相
        左膝MRI T2強調 脂肪抑制
        右乳癌術後 再発なし
        第3腰椎圧迫骨折
        S状結腸癌疑い
        くも膜下出血後 水頭症
        急性虫垂炎 穿孔の疑い
        間質性肺炎 すりガラス陰影
        心電図同期 冠動脈CT
        骨シンチ 異常集積なし
        パーキンソン病 DATスキャン
        もやもや病 脳血流SPECT
        甲状腺 橋本病 バセドウ病
        小児 川崎病 冠動脈瘤
        健診 胃部X線
        PSA 4.5 ng/mL 前立腺MRI
        BMI 25 体重 60 kg
        検査目的：肺結節の経過観察
    """,
    "Nakamura^Kenji=中村^健二=ナカムラ^ケンジ": """
        {中村健二} 殿部 腫瘤
        {中村} 右殿筋内血腫
        {ﾅｶﾑﾗｹﾝｼﾞ} 胸部
        {Kenji N.} ankle
        {nakamura kenji} brain mra
        {NAKAMURAKENJI} 3D TOF
        {Kenji} lumbar spine stir
        健診 健康診断
        {中村(健二)} 心電図
        {なかむら けんじ くん}
        {K. NAKAMURA} T-SPINE
    """,
    "García-López^María José": """
        {Garcia Lopez} breast us
        {GARCÍA-LÓPEZ, MARÍA JOSÉ} mamografia
        {Maria Jose} ovary
        {Garcia} uterus
        {garcialopez} pelvis
        {MJ Garcia} thyroid
    """,
    "Young^Grace": """
        young adult female
        {Grace Young} thyroid us
        {YOUNG, GRACE} neck
        {Grace} neck soft tissue
    """,
    "Иванов^Иван": """
        {Иванов} chest
        {ИВАНОВ ИВАН} abdomen
    """,
    "西^真=ニシ^マコト": """
        {西} 胸部
        {西様} 肝臓
        東西 西側
        {ニシ マコト} 膵
        真性多血症 真菌
        {Nishi} pancreas
    """,
    "  ": """
        MRI l-spine w/o, 2 mo s/p L5 laminectomy
        Fx distal radius, cast on
        pt c/o SOB x 3 days
        r/o PE, D-dimer 2.3
        compare to prior {12/25/2018}
        {25.12.18} Röntgen Thorax
        DOB {07/04/1976}
        Birthdate: {1976-07-04} female
        {4 July 1976}
        {Sat, 4 Jul 1976 09:30}
        生年月日 {昭和51年7月4日}
        {S51/07/04} 生
        前回 {2019年12月} と比較
        {12月25日} 施行
        3か月後 再検
        術後2年目
        ref: {Dr. A. Schwarz}, left
        Referring: {Dr. Ngo}
        cc {Dr. Patel}, oncology
        {Miss Brown} chest
        小児科 {田村先生} 依頼
        {清水院長}
        診断医：{岡田}
        {藤井 美咲様} 乳腺
        {090(1234)5678}
        {+44 20 7946 0958}
        {0120-444-444} 予約
        内線{5521}
        {support@imaging.test}
        Acct# {99-1234}
        study {20190304-0012}
        Exam {E1234567}
        Case No {2019-0042}
        {19CT004512} chest
        受診番号:{12-0045}
        {1.3.6.1.4.1.14519.5.2.1.7009}
        slice 12/240 TR 4500
        1024x1024 matrix
        window 1500/-600
        {Johns Hopkins Hospital} protocol
        {Royal Free Hospital} head
        {国立がん研究センター} 紹介
        {さくら診療所} 紹介
        {倉敷中央病院} 放射線科
        {福岡県福岡市} 在住
        {45 Elm Avenue}, 2nd floor
        age 67 male smoker
        {97歳}女性 転倒
        97% SpO2
        {aged 99 yrs} hip fx
        100 y ago
        SUV 4.5 g/ml
        Zenker diverticulum, Meckel scan
        Swan-Ganz catheter tip
        Foley catheter, Hickman line
        Le Fort fracture
        Bosniak IIF cyst
        Kasabach-Merritt
        C-arm, J-tube, G-tube
        ARDS post COVID-19
        Stanford A dissection
        AV fistula left forearm
        肝細胞癌 TACE後
        脊柱側弯症 Cobb角
        心房中隔欠損症
        RFA後 再発評価
    """,
}


def rows() -> list[tuple[str, str]]:
    """Every sentence with the patient's name."""
    return [
        (who, line.strip())
        for who, lines in PATIENTS.items()
        for line in lines.splitlines()
        if line.strip()
    ]
