"""Opens the page of `luanma check --html` in a browser: python3 .ci/page.py LUANMA BROWSER DIR

Checks that the script of the page runs, that its filter and its counts work, and that what looks like a script in the text does not run. DIR gets
the page and its picture, page.png.
"""

import html
import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

TRIES = 4

TEXT = """<script>document.title='in'</script>娓″彛鐨勭伅杩樹寒鐫€"><img src=x onerror="document.title='in'">
正文：浠婂勾鐨勬熆瀛愮啛寰楁棭锛岄櫌瀛愰噷钀戒簡涓€鍦般€?
锟斤拷锟斤拷锟斤拷
涓嬪崍2鐐归泦鍚堬紝鍦扮偣鍦?鍙烽棬銆?
文件名：Çå³¿µÄ¶É¿Ú.mp3
"""


def main() -> None:
    program, browser, place = sys.argv[1:]
    program, place = str(Path(program).resolve()), Path(place).resolve()
    text, page, picture = place / "page.txt", place / "page.html", place / "page.png"
    text.write_text(TEXT, encoding="utf-8")
    done = subprocess.run([program, "check", "--quiet", "--html", str(page), text.name], cwd=place, check=False)
    assert done.returncode == 1, done

    def open_page(*arguments: str, fragment: str = "") -> str:
        for left in reversed(range(TRIES)):
            # A profile of its own each time: what a crashed browser left in one must not bring down the next.
            with tempfile.TemporaryDirectory(dir=place) as profile:
                command = [browser, "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={profile}", *arguments]
                done = subprocess.run([*command, page.as_uri() + fragment], capture_output=True, text=True, timeout=120, check=False)
            # Killed by a signal is the browser's own crash, not a finding about the page.
            if done.returncode >= 0 or left == 0:
                break
            print(f"the browser crashed with signal {-done.returncode}: tried again", file=sys.stderr)
        done.check_returncode()
        return done.stdout

    for fragment, shown in [("", "5 of 5"), ("#lossy", "2 of 5"), ("#cp1252", "1 of 5"), ("#nowhere", "0 of 5")]:
        dom = open_page("--dump-dom", fragment=fragment)
        said = re.search(r'id="shown">([^<]*)<', dom)
        assert said and said[1] == shown, (fragment, said and said[1])
        assert "<title>luanma: what changed</title>" in dom, "something in the text was run"
        assert "<img" not in dom
    # What a click on a chain shows is what is counted beside it, and a word is found in which characters were restored.
    counts = re.findall(r'data-chain="([^"]*)">[^<]*</button></td><td>[^<]*</td><td>(\d+)', dom)
    chain = html.unescape(counts[0][0])
    count = sum(int(n) for name, n in counts if name == counts[0][0])
    restored = re.sub("<[^>]*>", "", re.search(r".{6}<mark class=\"restored\"[^>]*>.</mark>", dom)[0])
    whole = page.read_text(encoding="utf-8")
    for script, wanted in [
        (f"document.querySelector('button[data-chain=' + JSON.stringify({json.dumps(chain)}) + ']').click()", count),
        (f"text.value = {json.dumps(restored)}; filter()", 1),
    ]:
        page.write_text(whole.replace("</body>", f"<script>{script}</script></body>"), encoding="utf-8")
        said = re.search(r'id="shown">([^<]*)<', open_page("--dump-dom"))
        assert said and said[1] == f"{wanted} of 5" and 0 < wanted < 5, (script, wanted, said and said[1])
    page.write_text(whole, encoding="utf-8")
    picture.unlink(missing_ok=True)
    open_page("--hide-scrollbars", "--window-size=1300,1000", f"--screenshot={picture}")
    size = picture.stat().st_size
    # A blank page of this size takes some 5 KB.
    assert size > 20_000, f"the picture has only {size} bytes"
    print(f"the page is as it should be; its picture: {picture}, {size} bytes")


main()
