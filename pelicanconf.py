"""The publication: its name, its address, its topics and its look. Nothing here is code.

Every setting is described in docs/reference/settings.md.
"""

SITENAME = "The Primary Source"
SITEURL = "https://primary-source.example"
TIMEZONE = "Europe/London"
DEFAULT_LANG = "en"

BRIEFING = {
    "tagline": "AI and software, read at the source",
    "description": "A weekly briefing on AI and software that reads the documents themselves and cites every claim.",
    "topics": [
        "OpenAI",
        "Models",
        "Law and policy",
        "Security",
        "Web and standards",
        "Languages and tools",
        "Open source",
    ],
    "licence": "CC BY 4.0",
    "email": {
        "sender": "The Primary Source <briefing@primary-source.example>",
        "reply_to": "desk@primary-source.example",
        "unsubscribe_address": "leave@primary-source.example",
        "bounce_address": "bounces@primary-source.example",
        "postal_address": "The Primary Source, 1 Example Street, London",
    },
    "delivery": {"listserver": "https://list.primary-source.example"},
}

PLUGIN_PATHS = ["plugins"]
PLUGINS = ["briefing"]
PATH = "content"
THEME = "theme"
OUTPUT_PATH = "output"
