"""Pelican's side of the program, and the only folder that imports it: reader, generators, writer, and their wiring."""
