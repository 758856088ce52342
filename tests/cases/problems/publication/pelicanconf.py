SITENAME = "The Example"
SITEURL = "https://example.org"
TIMEZONE = "Europe/London"
DEFAULT_LANG = "en"
BRIEFING = {
    "tagline": "One line",
    "topics": ["Science", "Law"],
    "email": {"sender": "The Example <desk@example.org>", "postal_address": "1 Example Street"},
}
PLUGIN_PATHS = ["plugins"]
PLUGINS = ["briefing"]
PATH = "content"
THEME = "theme"
OUTPUT_PATH = "output"
