"""Models into frozen views: all that a template may see of the publication, for site and digest.

A view holds plain values (text, dates, numbers, addresses on this site without a leading slash,
tuples of other views) and equals another with the same values: what is built from it depends on
nothing else but templates, settings and code.
"""
