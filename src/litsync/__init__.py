"""litsync keeps one reading list in git, Zotero and Obsidian: merged field by field, nothing lost."""

__version__ = "0.1.0"
