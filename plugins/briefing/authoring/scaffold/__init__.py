"""`init`: replace the sample with a new publication, as a whole.

`questions` are the answers that a publication needs, `texts` the files made from them, `sample` what may be removed without
losing anybody's work, and `installation` replaces one with the other.
"""
