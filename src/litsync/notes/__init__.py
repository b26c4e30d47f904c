"""Work on the notes of a vault that a person asks for by name: joining a vault, adopting notes, renaming them, templates."""
