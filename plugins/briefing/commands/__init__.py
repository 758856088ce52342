"""The command line: parse, call, print. One file a noun; `app.py` knows their names and translates errors."""
