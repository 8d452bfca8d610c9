"""What makes two offers similar: the words of their titles that say something."""

import re

WORDS_AT_MOST = 10
LETTERS_AT_LEAST = 4


def telling_words(title: str) -> tuple[str, ...]:
    """The longer words of a title, letters only, each once: what a search for something similar looks for."""
    words = (word.lower() for word in re.findall(r"[^\W\d_]+", title) if len(word) >= LETTERS_AT_LEAST)
    return tuple(dict.fromkeys(words))[:WORDS_AT_MOST]
