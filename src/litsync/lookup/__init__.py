"""Metadata from arXiv, Crossref, OpenReview and the ACL Anthology.

`web` asks politely, `services` knows what to ask and reads the answers, `find` knows which service knows a work, and `enrich`
what a catalog lacks.
"""
