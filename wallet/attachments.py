"""What a holder attaches to a moment that they tell: photos, recordings, files, links.

The bytes were made harmless before (see the room that takes them in); here they are counted, kept and taken away again.
"""
