"""Invented papers for tests, benchmarks and the demo: drawn, aged, or as stored readings.

>>> from papers import invent, licence, words
>>> body = invent.institution(7)
>>> paper = licence.licence(body, edition="2019")
>>> paper.truth["holder_uscc"] == body.uscc
True
>>> words.reading(paper, "licence.jpg").pages[0].words[0].text != ""
True
"""
