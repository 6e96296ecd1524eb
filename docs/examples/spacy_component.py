"""Restores texts before a spaCy pipeline cuts them into tokens."""

import spacy
from spacy.tokenizer import Tokenizer
from spacy.tokens import Doc

import vndiacritic

Doc.set_extension("given", default=None)


class RestoringTokenizer:
    """Restores a text and hands it to a tokenizer; the text that was given is kept in ``doc._.given``."""

    def __init__(self, tokenizer: Tokenizer, restorer: vndiacritic.Restorer) -> None:
        self.tokenizer, self.restorer = tokenizer, restorer

    def __call__(self, text: str) -> Doc:
        """Make a document of a text."""
        doc = self.tokenizer(self.restorer.restore(text))
        doc._.given = text
        return doc


nlp = spacy.blank("xx")
nlp.add_pipe("sentencizer")
nlp.tokenizer = RestoringTokenizer(nlp.tokenizer, vndiacritic.load_model())

doc = nlp("Hom nay troi dep. Cam on ban rat nhieu.")
print([sentence.text for sentence in doc.sents])
print([token.text for token in doc][:4], doc._.given[doc[2].idx : doc[2].idx + 4])
