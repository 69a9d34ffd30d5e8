"""The bounded child that sets the A4 sheet of a share (`sheet.typ`), with Typst and the fonts that it carries.

Started by sandbox/sheet_setter.py and by nobody else, through launcher.py. It imports nothing of the wallet but what stands in this
folder.
Rule 1: it may die. A sheet that cannot be set within its memory and time ends it, and nothing else.
Rule 2: what people and issuers wrote comes as data, and is never a part of what Typst reads as its own language.
"""
