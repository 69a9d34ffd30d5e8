"""The bounded child that opens the PDF, the ZIP and the pictures of strangers, to look for badges in them.

Started by wallet/inspection and by nobody else, through launcher.py, with pypdf, Pillow and zxing-cpp, for a photo of a phone
with pillow-heif. It imports nothing of the wallet but what stands in this folder.
Rule 1: it may die. What cannot be opened within its memory and time ends it, and nothing else.
Rule 2: it looks for bytes and addresses. It follows no link, starts no action, runs no script, and writes no file.
Rule 3: what it inflates, it counts while inflating; what a file says about its own size is a stranger's word.
"""
