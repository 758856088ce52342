"""The list as a whole: in from files, out to files, one reader by hand, and who is asked again.

- in: `files` (what a file is), `headers`, `formats` (whose columns), `rows`, `entries` (a row's meaning), `decisions`,
  `intake` and `staging` (beside the list), `keeping` and `applying` (onto it), and `importing`, the recipe
- out: `exporting`, into files of `placing`
- one reader: `desk`; who agreed long ago: `reconfirming`
"""
