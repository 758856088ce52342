"""Build the site with Pelican. The only room that imports Pelican: start with `build`."""
