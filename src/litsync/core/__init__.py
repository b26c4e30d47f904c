"""The pure heart of litsync: nouns, field table, merging and planning.

Standard library only; no files, network, clock, randomness or logging.
"""
