"""Checks of the content, of the built site and of email. Each yields problems and changes nothing."""
