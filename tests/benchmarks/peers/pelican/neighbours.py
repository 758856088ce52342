"""The story before and after each one, which stock Pelican does not know, and questions as a list."""

from __future__ import annotations

from typing import Any

from pelican import signals


def register() -> None:
    signals.article_generator_finalized.connect(link)


def link(generator: Any) -> None:
    """Give every article its neighbours."""
    articles = generator.articles
    for newer, article, older in zip([None, *articles], articles, [*articles[1:], None], strict=False):
        article.next_article, article.prev_article = newer, older
        if isinstance(article.key_questions, str):
            article.key_questions = article.key_questions.splitlines()
