"""A publication of one's own in place of the shipped sample: asked, checked, staged and put in place as a whole.

`answers` are what is asked for, `texts` the files that they make, `shipped` what may be taken away without losing
anybody's work, and `change` puts the one in the place of the other.
"""
