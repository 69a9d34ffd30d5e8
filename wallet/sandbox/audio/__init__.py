"""The bounded child that listens to the recordings of holders: is it sound alone, how long is it, and all else blanked.

Started by wallet/evidence and by nobody else, through launcher.py, with no package at all. It imports nothing of the wallet
but what stands in this folder. No sound is decoded: only the containers are read.
Rule 1: it may die. What cannot be read within its memory and time ends it, and nothing else.
Rule 2: what is not known to be needed for playing is overwritten, never looked for by name: where it was recorded,
when, by what, words, pictures, other tracks, and whatever lies between. Nothing moves, so that every place still holds.
"""
