"""Sentences with what identifies in braces; everything outside them has to stay.

Made up for the tests, as are the people; each group says what it tries.
"""

from __future__ import annotations

SENTENCES = {
    "names of the patient": """
        CT CHEST {YAMADA TARO}
        {YAMADA^TARO} thorax routine
        {Taro Yamada} brain MR
        {T. Yamada} knee left
        {Yamada, T.} abdomen
        {yamada}_thorax_1.0
        chest ({Yamada}) follow up
        {YamadaTaro} head
        {TAROYAMADA} head
        {tyamada} abdomen
        {YAMADA}CT
        Chest{Yamada}
        {Yamada's} knee
        Pelvis of {Tarou}, second look
        {TAROH} neck
        localizer {taro}
        {山田太郎} 胸部CT
        {山田　太郎}の頭部MRI
        {山田^太郎} 腹部造影
        {山田様} 胸部単純
        {太郎} 膝関節
        {ヤマダ タロウ} 腰椎
        {ﾔﾏﾀﾞ ﾀﾛｳ} 頸椎
        {やまだ たろう} 肩関節
        {ヤマダタロー}頭部
        {ＹＡＭＡＤＡ} 胸部
        胸部{山田}CT
        {ヤマダさん} 骨盤
    """,
    "physicians and titles": """
        {Dr. Brown} chest
        read by {James Brown}
        {J. Brown, MD}
        Referred by {Smith} for knee pain
        {Mrs. Jones} left hip
        {Prof. Meyer} protocol head
        reviewed by: {Anna Schmidt}, normal
        {Dr Tanaka} requested CT
        {DR TANAKA} requested CT
        {田中先生}依頼 胸部CT
        読影医{佐藤先生}
        担当：{鈴木一郎}
        主治医: {佐藤}
        {高橋医師} 胸部
        {伊藤技師} 撮影
        {渡辺様} 頭部
        {小林さん} 膝
        術者：{中村} 心臓カテーテル
        {林先生} 腹部
    """,
    "names that are words": """
        森林 林檎 青森
        {林} 胸部
        {林様} 腹部
        {Brown} knee
        Brown-Séquard syndrome
        Brown tumor of the jaw
        brown fat uptake
        {J. Brown} reviewed the scan
        it may show a lesion
        小林式
    """,
    "numbers": """
        ID{12345}CT
        ID {0012345} chest
        id: {12345}
        PT {12-345} head
        {0012345}_20
        MRN {98765} brain
        Patient ID: {AB-77}
        {ACC-2020-77} abdomen
        {ACC202077}
        accession {ACC 2020 77}
        {1234567} lung
        {SN40543} detector
        SSN {123-45-6789}
        患者番号：{0098} 胸部
        カルテ番号 {5521}
        IMG{20200102001}
        {12345} 12.345 mm
        matrix 512x512 12345 mm
        {1.2.840.113619.2.55.3.12345}
        1.2.840.10008.1.2.1
        SCT 51185008 chest
        (113076, DCM, segmentation)
        LOINC 18748-4
        T-D1100 SRT
    """,
    "dates": """
        CT {20200102} chest
        {2020-01-02} chest
        {2020/1/2 10:30} chest
        {02.01.2020} Thorax
        {01/02/2020} follow up
        scan of {12 Jan 2020}
        {Jan 12, 2020} baseline
        {JAN 2ND 2020} chest
        {2nd of January 2020} chest
        born {1950/03/04}
        {12JAN20} head
        {May 2020} follow up
        {2020年1月2日} 胸部
        {令和2年1月2日} 撮影
        {R2.1.2} 胸部CT
        {令和元年5月1日} 検査
        {昭和25年3月4日}生
        {S25.3.4} 生
        {平成31年4月30日} 比較
        {大正15年1月2日}
        {明治45年1月2日}
        {昭和四十五年三月四日}
        {二〇二〇年一月二日} 検査
        {１月２日} 術後
        {２０２０年１月２日} 胸部
        {2020-01-02T10:30:15} head
        {20200102103015} head
        1 of 2, 3/4 done
    """,
    "phones, mail, places": """
        tel {03-1234-5678} chest
        {090-1111-2222} 連絡先
        call {+81 90 1111 2222}
        call {(555) 123-4567} knee
        内線 {1234}
        mail {taro@example.jp} chest
        see {https://example.org/a?b=1} lung
        {www.example.com} lung
        {〒100-0001 東京都千代田区丸の内1-2-3} 頭部
        {千代田区丸の内} 頭部
        {大阪府堺市} 頭部
        {12 Main Street} knee
        {聖路加国際病院}紹介 胸部
        {聖路加} 胸部CT
        {Keio University Hospital} liver
        {Keio} liver
        {慈恵医院}より紹介
        {Mayo Clinic} head
        outside hospital CT
        総合病院 内科
    """,
    "ages": """
        {93 y/o} male, chest
        {93yo} chest
        {aged 95}, pelvis
        {101 year-old} woman
        {93歳} 男性
        {九十三歳} 女性
        89歳 男性
        45 y/o male
        90 deg flip angle
        95 % stenosis
    """,
    "medical words and measurements": """
        T1 2020 ms TR 500 TE 15
        1.5T 3D FLAIR SPACE sag
        120 kV 250 mAs 12.5 mm
        C5/6 disc protrusion
        L4-5 stenosis, S1 normal
        segments S5/6/8 resected
        b 0 1000 2000
        ADC (10^-6 mm2/s)
        Thorax Routine 5.0 B40f ST
        t1_mprage_sag_p2_iso_1.0
        AAHead_Scout_MPR_cor
        ep2d_diff_3scan_trace_p2_ADC
        MR HEAD W/O CONTRAST
        DR CHEST PA AND LATERAL
        MS lesions, MR follow-up
        Parkinson disease, Alzheimer's disease
        Hodgkin lymphoma stage II
        Wilson disease and Crohn disease
        Guillain-Barré syndrome
        white matter and gray matter
        Cooper ligament
        川崎病疑い 冠動脈瘤
        橋本病 甲状腺エコー
        高安動脈炎の造影CT
        胸部単純CT 肺野条件
        頭部MRI 拡散強調画像
        リンパ節腫大あり
        右肺上葉に結節影を認める
        心臓カテーテル検査
        放射線技師 撮影
        患者様 同様
        バセドウ病
        すりガラス影 5 mm
        肝S5/8 30x25 mm
        Gd-EOB-DTPA 0.1 mL/kg
        370 MBq FDG 60 min p.i.
        18F-FDG PET/CT SUVmax 12.3
        Tc-99m MDP bone scan
        FOV 512x512 0.625 mm
        WL 40 WW 400
        RECON 2: LUNG 1.25 MM
        3-plane loc
        Ax T2 FSE fs
        +C arterial phase 35 s
        MIP 10/5
        Lung-RADS 4A, BI-RADS 3
        FFE TR/TE 25/4.6
    """,
}


def rows() -> list[tuple[str, str]]:
    """Every sentence with its group."""
    return [
        (group, line.strip())
        for group, lines in SENTENCES.items()
        for line in lines.splitlines()
        if line.strip()
    ]


def unmark(sentence: str) -> tuple[str, set[int]]:
    """A sentence without its braces, and where in it the letters and digits stand that go."""
    text = ""
    gone = set()
    inside = False
    for char in sentence:
        if char in "{}":
            inside = char == "{"
            continue
        if inside and char.isalnum():
            gone.add(len(text))
        text += char
    return text, gone
