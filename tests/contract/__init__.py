"""The contract of the Zotero library, stated over HTTP."""
