"""Files -> Library: front matter, Markdown as safe HTML, the models, and every problem."""
