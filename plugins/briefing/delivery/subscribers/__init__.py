"""The list as a whole: in from files, out to files, one reader by hand, and who is asked again.

- in: `files` (what a file is), `formats` (whose columns), `entries` (a row's meaning), `decisions`, `importing`
- out: `exporting`
- one reader: `desk`; who agreed long ago: `reconfirming`
"""
