"""Texts of the tests, written for them."""

# Clean text in several scripts, which must stay.
CLEAN = [
    "今年的柿子熟得早",
    "院子里落了一地，扫也扫不完。",
    "庭の柿が赤く色づいた。",
    "감나무 잎이 떨어진다",
    "Хурма созрела рано",
    "déjà vu, été, naïve",
    "Plain ASCII, 3 < 4",
    "",
    "🙂 👍🏽",
]

# Damaged text and what it must become.
DAMAGED = {
    "浠婂勾鐨勬熆瀛愮啛寰楁棭": "今年的柿子熟得早",
    "Çå³¿µÄ¶É¿Ú": "清晨的渡口",
    "文件名：Çå³¿µÄ¶É¿Ú.mp3": "文件名：清晨的渡口.mp3",
    "dÃ©jÃ  vu, Ã©tÃ©": "déjà vu, été",
}

# One of them, where one is enough.
BAD, GOOD = next(iter(DAMAGED.items()))

# Bytes were lost; a character is restored or a gap.
LOSSY = "涓嬪崍2鐐归泦鍚堬紝鍦扮偣鍦?鍙烽棬銆?"
