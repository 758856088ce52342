"""Show the site on this machine while it is being written, and reload the browser on every change.

Nothing here knows how a site is built: a callable does it. Nothing is written but what that callable writes;
the live link is put into pages on their way to the browser. `serve` and `hosting` are in `session`, `Worker` in
`worker`: a build's process imports that one first, and must be able to tell of code that cannot be imported.
"""
