"""Recipes made of recipes: publish, proof, send, release. Commands parse and call them; none of them knows Typer."""
