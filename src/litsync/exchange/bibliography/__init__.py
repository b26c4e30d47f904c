"""Bibliographies, in and out: BibTeX and BibLaTeX, CSL-JSON, Zotero's own JSON, RIS. Pure: text to works, papers to text."""
