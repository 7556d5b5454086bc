"""Names of people and places that nobody in particular has.

Strategy: lists of its own, so that the engine's word lists cannot know the answers. Many
names are words of medicine, of the calendar or of nature (Brown, May, Young, 林, 森), or
also name a disease: a list of names would cut the words, a list of words keep the names.

Invariants: every Japanese name can be written in JIS X 0208, but for `VARIANTS`.
"""

from __future__ import annotations

from typing import NamedTuple


class Spelled(NamedTuple):
    """A Japanese name: romaji, ideographs, hiragana, half-width katakana."""

    romaji: str
    kanji: str
    kana: str
    half: str


SURNAMES = """
    Brown May Young Black White Gray Green Long Short Head Foote Hand Bone Cross Field
    Stone Rivers Wood Winter Summers March Price Parkinson Wilson Hodgkin Crohn Bell Graves
    Marsh Banks Love Rose Hill Pike Whitfield Okonkwo Delacroix Kowalczyk Oyelaran Vandenberg
    Petrossian Achterberg Lindqvist Fitzwilliam Hargreaves Thackeray Ravenscroft Pemberton
    O'Rourke Smythe-Jones MacAllister Quillfeather Nakagomi Winterbourne Abernathy Castellanos
""".split()

ACCENTED_SURNAMES = "Müller García Sørensen Lefèvre Björkman Núñez Šimek Gonçalves".split()
"""Latin-1 but for Šimek, which only UTF-8 has."""

FEMALE = """
    May June April Rose Grace Faith Joy Hope Daisy Ivy Pearl Ruby Robin Dawn Summer
    Marguerite Philippa Henrietta Rosalind Winifred Beatrix Ottilie Clementine Seraphina
""".split()
MALE = """
    Mark Wade Grant Frank Art Chase Drew Guy Miles Rich Dean Earl Reed Pierce Sterling
    Bartholomew Cornelius Thaddeus Ferdinand Augustin Leopold Percival Montgomery Ambrose
""".split()

JA_SURNAMES = tuple(
    Spelled(*row.split())
    for row in """
    HAYASHI 林 はやし ﾊﾔｼ
    MORI 森 もり ﾓﾘ
    HARA 原 はら ﾊﾗ
    SEKI 関 せき ｾｷ
    NAKAYAMA 中山 なかやま ﾅｶﾔﾏ
    KAWASAKI 川崎 かわさき ｶﾜｻｷ
    HASHIMOTO 橋本 はしもと ﾊｼﾓﾄ
    TAKAYASU 高安 たかやす ﾀｶﾔｽ
    UMEHARA 梅原 うめはら ｳﾒﾊﾗ
    SHIRAISHI 白石 しらいし ｼﾗｲｼ
    KUROSAWA 黒沢 くろさわ ｸﾛｻﾜ
    HONDA 本田 ほんだ ﾎﾝﾀﾞ
    HARUYAMA 春山 はるやま ﾊﾙﾔﾏ
    OKUBO 大久保 おおくぼ ｵｵｸﾎﾞ
    TOKUGAWA 徳川 とくがわ ﾄｸｶﾞﾜ
    MIZUSHIMA 水島 みずしま ﾐｽﾞｼﾏ
    TANIGUCHI 谷口 たにぐち ﾀﾆｸﾞﾁ
    KAMIYAMA 神山 かみやま ｶﾐﾔﾏ
    IWAKURA 岩倉 いわくら ｲﾜｸﾗ
    SAKAKIBARA 榊原 さかきばら ｻｶｷﾊﾞﾗ
    """.strip().splitlines()
)
VARIANTS = (
    Spelled("TAKAHASHI", "髙橋", "たかはし", "ﾀｶﾊｼ"),
    Spelled("YAMAZAKI", "山﨑", "やまざき", "ﾔﾏｻﾞｷ"),
)
"""Spelled with characters that only Unicode has."""

JA_FEMALE = tuple(
    Spelled(*row.split())
    for row in """
    SAKURA 桜 さくら ｻｸﾗ
    HARUKA 春香 はるか ﾊﾙｶ
    AOI 葵 あおい ｱｵｲ
    MISAKI 美咲 みさき ﾐｻｷ
    KANAKO 加奈子 かなこ ｶﾅｺ
    YOSHIKO 佳子 よしこ ﾖｼｺ
    CHIZURU 千鶴 ちづる ﾁﾂﾞﾙ
    FUMIE 文恵 ふみえ ﾌﾐｴ
    """.strip().splitlines()
)
JA_MALE = tuple(
    Spelled(*row.split())
    for row in """
    TARO 太郎 たろう ﾀﾛｳ
    KENICHI 健一 けんいち ｹﾝｲﾁ
    MAKOTO 誠 まこと ﾏｺﾄ
    HAJIME 一 はじめ ﾊｼﾞﾒ
    SUSUMU 進 すすむ ｽｽﾑ
    TSUYOSHI 剛 つよし ﾂﾖｼ
    HIDEKI 秀樹 ひでき ﾋﾃﾞｷ
    SHOZO 正三 しょうぞう ｼｮｳｿﾞｳ
    """.strip().splitlines()
)

CLINICIANS = """
    Featherstonehaugh Blankenship Oglethorpe Zimmermann Kavanagh Dubrovsky Tolliver
    Mbatha Vasquez Ellingham Strickland Nightingale Underhill Whittaker
""".split()
CLINICIANS_FIRST = "Eleanor Rupert Imogen Desmond Harriet Conrad Sylvia Roderick".split()
JA_CLINICIANS = tuple(
    Spelled(*row.split())
    for row in """
    ISHIGAKI 石垣 いしがき ｲｼｶﾞｷ
    KUSUNOKI 楠木 くすのき ｸｽﾉｷ
    HOSOKAWA 細川 ほそかわ ﾎｿｶﾜ
    ARIMURA 有村 ありむら ｱﾘﾑﾗ
    DOI 土井 どい ﾄﾞｲ
    NITTA 新田 にった ﾆｯﾀ
    ONUMA 大沼 おおぬま ｵｵﾇﾏ
    """.strip().splitlines()
)

HOSPITALS = (
    "St. Aldhelm Infirmary",
    "Quarry Bank Medical Center",
    "Larkspur Valley Clinic",
    "Thornbury Memorial Hospital",
)
STREETS = ("Foxglove Lane", "Hawthorn Street", "Millpond Road", "Bramble Avenue")
TOWNS = ("Little Wexcombe", "Ashgrove", "North Pellworth", "Quernmore")

JA_HOSPITALS = ("若葉台総合病院", "常盤橋中央病院", "青葉ヶ丘医療センター", "緑野記念病院")
JA_HOSPITALS_ROMAJI = (
    "WAKABADAI GENERAL HOSPITAL",
    "TOKIWABASHI CENTRAL HOSPITAL",
    "AOBAGAOKA MEDICAL CENTER",
    "MIDORINO MEMORIAL HOSPITAL",
)
JA_ADDRESSES = (
    "東京都江東区若葉台3-14-15",
    "神奈川県横浜市緑区常盤橋2丁目7番8号",
    "大阪府豊中市青葉ヶ丘1-61-8",
    "北海道札幌市北区緑野27条5丁目",
)
