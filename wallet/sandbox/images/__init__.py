"""The bounded child that draws pictures anew: those in badges (`draw_picture`), and the photos of holders (`develop_photo`).

Started by sandbox/pictures.py and wallet/evidence and by nobody else, through launcher.py, with Pillow, what one of the two
needs beside it, and no other package. It imports nothing of the wallet but what stands in this folder.
Rule 1: it may die. A picture that cannot be drawn within its memory, time and size ends it, and nothing else.
Rule 2: what comes out is pixels drawn anew: no metadata, no place, no camera, no small copy, no trailer, no script
(docs/security.md C3 to C8, C10).
"""
