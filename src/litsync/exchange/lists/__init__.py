"""Reading lists in Markdown: what works they name, and lists written from a catalog.

The path of a list: `source` (bytes to text) -> `tree` (Markdown and HTML to one tree with lines) -> `blocks` (headings, rows,
items, paragraphs, each with its section) -> `entries` (which of them name a work, and what they say of it) -> `works` (one
paper for each work, however often it is named) -> a catalog.
"""
