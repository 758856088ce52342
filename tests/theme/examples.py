"""The examples of docs/reference/theme.md: each is rendered with the sample publication."""

from __future__ import annotations

# For each view that a template receives: an example.
VIEWS = {
    "StoryView": '{{ view.card.title }}, {{ view.sources|length|counted("source") }}',
    "IssuePage": '{{ view.issue.title }}: {% for section in view.issue.sections %}{{ section.title }}{{ ", " if not loop.last }}{% endfor %}',
    "HomeView": "{{ view.lead.title }}, then {{ view.cards[1].title }}",
    "ListView": '{{ view.title }}: {{ view.total|counted("story", "stories") }}',
    "IndexView": "{% for item in view.items %}{{ item.name }} ({{ item.stories }}) {% endfor %}",
    "IssueIndex": "{% for issue in view.issues %}{{ issue.title }}. {% endfor %}",
    "CorrectionsView": "{% for correction in view.corrections %}{{ correction.date|day }}: {{ correction.story.name }}{% endfor %}",
    "PageView": '<a href="{{ view.url|href }}">{{ view.title }}</a>',
    "NotFoundView": "{{ view.newest[0].title }}",
    "RedirectView": '<a href="{{ view.to|href }}">{{ view.title }}</a>',
    "FeedView": "{{ view.title }}, updated {{ view.updated|rfc3339 }}",
    "IssueFeedView": "{{ view.issues[0].url|absolute }}",
    "SitemapView": "{{ view.entries[1].url|absolute }} {{ view.entries[1].modified }}",
    "SitemapIndexView": "{{ view.urls[0]|absolute }}",
    "RobotsView": "Sitemap: {{ view.sitemap|absolute }}",
    "DigestView": '{{ view.issue.subject }} <a href="{{ view.unsubscribe }}">Unsubscribe</a>',
    "TextView": "Read it on the web {{ view.link(view.issue.url|absolute) }}",
}

# For each filter: what it returns, and an example.
FILTERS = {
    "href": ("The link to a path of this site.", "{{ 'topics/'|href }}"),
    "absolute": ("The same with scheme and host.", "{{ 'topics/'|absolute }}"),
    "day": ("A date in words.", "{{ view.card.date|day }}"),
    "iso": ("A date in ISO 8601.", "{{ view.card.date|iso }}"),
    "rfc3339": ("A moment for Atom and JSON Feed.", "{{ view.card.date|rfc3339 }}"),
    "rfc822": ("A moment for RSS and email.", "{{ view.card.date|rfc822 }}"),
    "counted": ("A number with its noun. Pass an irregular plural.", '{{ 1234|counted("story", "stories") }}'),
    "direction": ("The text direction of a language.", "{{ 'ar'|direction }}"),
    "onsite": ("The HTML of a text, for a page.", "{{ view.html|onsite }}"),
    "offsite": (
        "The HTML of a text, for feeds: absolute URLs. Pass the page of the text.",
        "{{ view.html|offsite(view.card.url) }}",
    ),
    "inmail": (
        "The HTML of a text, for email: absolute URLs, footnotes without links. Pass the page of the text.",
        "{{ view.html|inmail(view.card.url) }}",
    ),
}

# For each file with macros: the view that its examples use, and an example of each macro.
MACROS = {
    "partials/macros.html": (
        "StoryView",
        {
            "lang_attributes": "<p{{ lang_attributes('ar') }}>",
            "site_lang_attributes": "<p{{ site_lang_attributes('ar') }}>",
            "time": "{{ time(view.card.date) }}",
            "sentiment": "{{ sentiment(view.card.sentiment) }}",
            "week": "{{ week('2026-w14') }}",
            "link_to": "{{ link_to(view.card.topic) }}",
            "status": "{{ status('draft') }}",
            "prose": "{{ prose(view.html) }}",
            "picture": "{{ picture(view.card.image) }}",
            "figure": "{{ figure(view.card.image) }}",
        },
    ),
    "partials/cards.html": (
        "HomeView",
        {
            "row": "{% call row(view.lead.date) %}{{ view.lead.title }}{% endcall %}",
            "thumb": "{{ thumb(view.lead.url, view.lead.image) }}",
            "meta": "{{ meta(view.lead) }}",
            "title": "{{ title(view.lead, 2) }}",
            "card": "{{ card(view.lead, level=2, lead=true) }}",
            "rows": "{{ rows(view.cards) }}",
            "issue": "{{ issue(view.issue) }}",
        },
    ),
    "partials/story-body.html": (
        "StoryView",
        {
            "story_body": "{{ story_body(view) }}",
            "corrections": "{{ corrections(view.corrections) }}",
            "why": "{{ why(view.why_it_matters) }}",
            "questions": "{{ questions(view.key_questions) }}",
            "disagreements": "{{ disagreements(view.disagreements) }}",
            "source": "{{ source(view.sources[0]) }}",
            "sources": "{{ sources(view.sources, anchored=true) }}",
        },
    ),
    "partials/issue-body.html": (
        "IssuePage",
        {
            "issue_body": "{{ issue_body(view.issue) }}",
            "item": "{{ item(view.issue.lead, 2, false, lead=true) }}",
            "link_url": "{{ link_url(view.issue.url, true) }}",
            "source_links": "{{ source_links(view.issue.lead.sources[:1]) }}",
            "sponsor": "{% if view.issue.sponsor %}{{ sponsor(view.issue.sponsor, false) }}{% endif %}",
        },
    ),
    "partials/pagination.html": (
        "HomeView",
        {
            "pagination": "{{ pagination(view.page, view.pages, view.newer, view.older) }}",
            "previous_next": "{{ previous_next(none, none, 'stories') }}",
        },
    ),
    "partials/join.html": (
        "HomeView",
        {"form": "{{ form(site.join, '_form') }}", "signup": "{{ signup('_join') }}"},
    ),
    "email/partials/macros.html": (
        "DigestView",
        {
            "band": "{% call band() %}A row of the email{% endcall %}",
            "lang_attributes": "<p{{ lang_attributes('ar') }}>",
            "site_lang_attributes": "<p{{ site_lang_attributes('ar') }}>",
            "prose": "{{ prose(view.issue.html, view.issue.url) }}",
            "picture": "{{ picture(view.issue.lead.card.image) }}",
            "sentiment": "{{ sentiment('positive') }}",
            "source": "{{ source(view.issue.lead.sources[0]) }}",
            "publisher": "{{ publisher(view.issue.lead.sources[0], []) }}",
            "button": "{{ button(view.issue.url|absolute, 'Read on the web') }}",
        },
    ),
    "email/partials/items.html": (
        "DigestView",
        {
            "lead": "{{ lead(view.issue.lead) }}",
            "section": "{{ section(view.issue.sections[0]) }}",
            "story": "{{ story(view.issue.lead) }}",
            "sponsor": "{% if view.issue.sponsor %}{{ sponsor(view.issue.sponsor) }}{% endif %}",
            "one_liners": "{{ one_liners(view.issue.links) }}",
            "corrections": "{{ corrections(view.issue.corrections) }}",
        },
    ),
    "email/partials/text.txt": (
        "TextView",
        {
            "source": "{{ source(view, view.issue.lead.sources[0]) }}",
            "publisher": "{{ publisher(view, view.issue.lead.sources[0], []) }}",
            "lead": "{{ lead(view, view.issue.lead) }}",
            "section": "{{ section(view, view.issue.sections[0]) }}",
            "story": "{{ story(view, view.issue.lead) }}",
            "sponsor": "{% if view.issue.sponsor %}{{ sponsor(view, view.issue.sponsor) }}{% endif %}",
            "one_liners": "{{ one_liners(view, view.issue.links) }}",
            "corrections": "{{ corrections(view, view.issue.corrections) }}",
        },
    ),
}
