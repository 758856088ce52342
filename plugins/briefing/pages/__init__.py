"""Models -> frozen views: everything that a template can see of the publication, for site and digest.

A view contains plain values (text, dates, numbers, addresses on this site without a leading slash, tuples of other views)
and equals another view with the same values. What is built from it depends on nothing else but templates, settings and code.
"""
