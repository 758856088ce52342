"""Write the curator's files: create drafts, and edit single lines of existing files.

Nothing here overwrites what a person wrote. Only `edits` changes existing text, and leaves every other line as it is, byte
for byte. Only `files` writes to disk, whole files or none.
"""
