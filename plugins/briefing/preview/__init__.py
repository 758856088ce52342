"""The server of `serve`: it shows the site on this machine and reloads the browser after every change.

This room does not know how a site is built: a callable builds it, and only that writes files. A script that reloads pages
is inserted on their way to the browser. Start with `session`, and for the build's own process with `process_runner`.
"""
