"""Rules over content, over the built site and over email. Each yields problems and changes nothing."""
