"""For scikit-learn: a transformer to stand before a vectorizer.

>>> from luanma.sklearn import MojibakeRepairer
>>> MojibakeRepairer().fit_transform(["浠婂勾鐨勬熆瀛愮啛寰楁棭", "晴"])
['今年的柿子熟得早', '晴']
"""

from __future__ import annotations

from typing import Any

from sklearn.base import BaseEstimator, TransformerMixin

from luanma._luanma import Repairer


class MojibakeRepairer(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Repairs a list, an array or a pandas column of texts, or each column of texts of a frame; it has nothing to learn.

    Its parameters are the settings of `luanma.Repairer`, and `threads`.

    >>> from sklearn.feature_extraction.text import CountVectorizer
    >>> from sklearn.pipeline import make_pipeline
    >>> pipeline = make_pipeline(MojibakeRepairer(gaps="mark"), CountVectorizer(analyzer="char"))
    >>> pipeline.fit(["浠婂勾鐨勬熆瀛愮啛寰楁棭"])[-1].get_feature_names_out()[0]
    '今'
    """

    def __init__(
        self,
        *,
        min_confidence: float | None = None,
        gaps: Any = None,
        gap_char: str | None = None,
        expect: Any = None,
        only: str | None = None,
        escapes: bool = False,
        threads: int | None = None,
    ) -> None:
        self.min_confidence = min_confidence
        self.gaps = gaps
        self.gap_char = gap_char
        self.expect = expect
        self.only = only
        self.escapes = escapes
        self.threads = threads

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.no_validation = True
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        return tags

    def fit(self, X: Any, y: Any = None) -> MojibakeRepairer:
        """Checks the settings."""
        self._repairer()
        return self

    def transform(self, X: Any) -> Any:
        """The repaired texts, in what they came in; `X` itself is not changed."""
        repairer = self._repairer()
        if hasattr(X, "columns"):
            out = X.copy()
            for column in X.columns:
                if out[column].map(lambda item: isinstance(item, str)).any():
                    out[column] = self._series(out[column], repairer)
            return out
        if hasattr(X, "iloc"):
            return self._series(X, repairer)
        if hasattr(X, "reshape"):
            texts = repairer.repair_list(X.reshape(-1).tolist(), threads=self.threads)
            out = X.astype(object)
            out.reshape(-1)[:] = texts
            return out
        return repairer.repair_list(X, threads=self.threads)

    def get_feature_names_out(self, input_features: Any = None) -> Any:
        """The names that came in."""
        return input_features

    def _series(self, series: Any, repairer: Repairer) -> Any:
        from luanma.pandas import repair

        return repair(series, repairer, threads=self.threads)

    def _repairer(self) -> Repairer:
        return Repairer(
            min_confidence=self.min_confidence,
            gaps=self.gaps,
            gap_char=self.gap_char,
            expect=self.expect,
            only=self.only,
            escapes=self.escapes,
        )
