"""Broken, hostile and odd files, made when a test asks for them: nothing of it is stored.

:data:`broken.files.FILES` is the table: each row says how a file is made and what must become of it. All of it is
invented; no byte comes from a real paper.
"""
