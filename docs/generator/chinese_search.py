"""Search in Chinese and English: runs of Chinese characters are split into pairs, in index and browser alike.

A dictionary of words would have to be installed and kept up; pairs need none, and find any phrase of two characters or
more. Numbers of clauses (5.2.1) and names (low_confidence) are words of their own.
"""

from __future__ import annotations

import re
from itertools import pairwise

import snowballstemmer
from sphinx.search import SearchLanguage

WORD = r"[\u3400-\u9fff]+|[0-9]+(?:\.[0-9]+)+|[A-Za-z0-9_\u00c0-\u024f]+"
"""A run of Chinese characters, the number of a clause, or a word; the same expression in Python and JavaScript."""


def pieces(text: str, *, single: bool = True) -> list[str]:
    """The words of a text, Chinese ones as overlapping pairs; ``single``: and as single characters.

    >>> pieces("资质认定 5.2.1 QI_HOME", single=False)
    ['资质', '质认', '认定', '5.2.1', 'QI_HOME']
    >>> pieces("注销")
    ['注销', '注', '销']
    """
    found: list[str] = []
    for token in re.findall(WORD, text):
        if "㐀" <= token[0] <= "鿿" and len(token) > 1:
            found += [left + right for left, right in pairwise(token)]
            found += token if single else ""
        else:
            found.append(token)
    return found


class MixedSearch(SearchLanguage):
    """Pairs of Chinese characters beside stemmed English words."""

    lang = "zh"
    language_name = "English"  # Sphinx calls the stemmer in the browser <language_name>Stemmer
    js_stemmer_rawcode = "english-stemmer.js"
    js_splitter_code = r"""
window.splitQuery = (query) => {
  const pieces = (query.match(/@WORD@/gu) || []).flatMap((token) =>
    /^[\u3400-\u9fff]/.test(token) && token.length > 1
      ? [...token].slice(1).map((letter, at) => token[at] + letter)
      : [token],
  );
  // A single character beside a word (第5.2.2条) tells nothing.
  return pieces.some((piece) => piece.length > 1) ? pieces.filter((piece) => piece.length > 1) : pieces;
};
""".replace("@WORD@", WORD)

    def __init__(self, options: dict[str, str]) -> None:
        super().__init__(options)
        self._stemmer = snowballstemmer.stemmer("english")

    def split(self, input: str) -> list[str]:
        """The words of the text as they are indexed."""
        return pieces(input)

    def stem(self, word: str) -> str:
        """The stem of an English word; Chinese stays."""
        stemmed: str = self._stemmer.stemWord(word.lower())
        return stemmed

    def word_filter(self, word: str) -> bool:
        """Whether the word is indexed: all but bare numbers, as the browser leaves these out too."""
        return not word.isdigit()
