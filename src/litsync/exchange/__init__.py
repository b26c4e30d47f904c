"""Reading lists and classifications as other programs take them: pure text in and out."""
