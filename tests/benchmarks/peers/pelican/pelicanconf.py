"""Stock Pelican with everything left out that the others do not make."""

from jinja2 import select_autoescape

SITENAME = "A measured publication"
SITEURL = "https://example.org"
TIMEZONE = "UTC"
PATH = "content"
THEME = "theme"
PLUGINS = ["neighbours"]
PLUGIN_PATHS = ["."]
JINJA_ENVIRONMENT = {"trim_blocks": True, "lstrip_blocks": True, "autoescape": select_autoescape()}
DEFAULT_PAGINATION = 20
ARTICLE_URL, ARTICLE_SAVE_AS = "a/{slug}/", "a/{slug}/index.html"
CATEGORY_URL, CATEGORY_SAVE_AS = "{slug}/", "{slug}/index.html"
TAG_URL, TAG_SAVE_AS = "tags/{slug}/", "tags/{slug}/index.html"
PAGINATION_PATTERNS = (
    (1, "{url}", "{save_as}"),
    (2, "{base_name}/page/{number}/", "{base_name}/page/{number}/index.html"),
)
DIRECT_TEMPLATES = ("index", "sitemap")
SITEMAP_SAVE_AS = "sitemap.xml"
AUTHOR_SAVE_AS = AUTHORS_SAVE_AS = CATEGORIES_SAVE_AS = TAGS_SAVE_AS = ARCHIVES_SAVE_AS = ""
FEED_ALL_ATOM, FEED_MAX_ITEMS = "feed.xml", 20
CATEGORY_FEED_ATOM = TRANSLATION_FEED_ATOM = AUTHOR_FEED_ATOM = AUTHOR_FEED_RSS = None
FORMATTED_FIELDS: list[str] = []
DELETE_OUTPUT_DIRECTORY = False
