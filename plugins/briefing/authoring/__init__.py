"""What the program writes into a curator's files: new drafts, and edits of the lines concerned alone.

Nothing here overwrites what a person wrote. An existing file is only changed by `edits`, whose functions leave
every other line as it is, byte for byte, and by `files`, which replaces it whole or not at all.
"""
