"""The list as a whole: import, export, and operations on one reader.

- import: `importing` is the recipe. `file_format`, `header_row`, `formats`, `rows`, `cells` and `entries` read files.
  `decisions` and `evaluation` decide about each row, `staging` stores the result, and `commit` and `effects` change the list.
- export: `export`, into files of `private_files`
- one reader: `admin`
"""
