from tests.pages.test_environment import *
for l in ("fr","en"):
    for s,(t,g) in SCREENS.items():
        try: h=PAGES.render(t,l,**g)
        except Exception as e: print("ERR",s,e); continue
        for m in re.finditer(r"&(amp;)?#(160|8239);",h):
            print(l,s,h[max(0,m.start()-80):m.end()+60].replace("\n"," ")); break
from dataclasses import replace as r
h=PAGES.env if False else None
from markupsafe import Markup
