"""Catalogs in tricky YAML: each has papers a, t and z and a method m, and whatever else people write.

In every one, paper t has a title, a status, a number, a venue, tags (x and y first) and authors (Ann Author first), so
that the same edits can be tried on all of them.
"""

from __future__ import annotations

HEAD = """\
title: A list
methods:
  m: {name: Method}
  n:
    name: Other
"""
A = """\
  - id: a
    title: First
    tags: [x]
"""
Z = """\
  - id: z
    title: Last
    status: read
"""
T = """\
  - id: t
    title: The title
    authors: [Ann Author, Bob Builder]
    venue: Venue
    number: 6
    tags: [x, y]
    status: to-read
"""


def around(paper: str, head: str = HEAD, gap: str = "\n") -> str:
    """A catalog with this paper between the two others."""
    return f"{head}papers:\n{A}{gap}{paper}{gap}{Z}"


def with_title(title: str, gap: str = "\n") -> str:
    """A catalog whose paper t has its title written so."""
    return around(T.replace("The title", title), gap=gap)


def with_tags(tags: str) -> str:
    """A catalog whose paper t has its tags written so, behind the colon."""
    return around(T.replace(" [x, y]", tags))


PLAIN = around(T)
ROWS = """\
  - id: t
    title: The title
    authors:
      - Ann Author
      - Bob Builder
    venue: Venue
    number: 6
    tags:
      - x
      - y
    status: to-read
"""
COMMENTED = """\
# a list of mine
title: A list   # its title
# methods
methods:
  # the first
  m: {name: Method}   # m
  # the second
  n:   # n
    # its name
    name: Other   # other
# papers
papers:   # all
  # about a
  - id: a   # a
    title: First
    tags: [x]   # one tag
    # below a

  # ---- heading ----

  # about t
  # more about t
  - id: t   # t
    # above the title
    title: The title   # the title
    # above authors
    authors:   # who
      # first
      - Ann Author   # ann
      # second
      - Bob Builder   # bob
      # below authors
    venue: Venue   # where
    number: 6   # six
    # above tags
    tags: [x, y]   # tags
    status: to-read   # not yet
    # below t

  # about z
  - id: z
    title: Last   # last
    # below z
# the end
"""
DECOY = """\
  - id: t
    title: The title
    authors: [Ann Author, Bob Builder]
    venue: Venue
    number: 6
    note: |
      - id: t
        status: to-read
        tags: [x, y]
      papers:
        - id: t
          venue: Venue   # no comment
      # no comment either
    tags: [x, y]
    status: to-read
"""
AUTHORS_IN_PARTS = ROWS.replace(
    "      - Bob Builder\n", "      - {family: Builder, given: Bob}   # b\n      - name: OpenAI\n"
)
OWN_KEYS = (
    T + "    mine:\n      status: to-read\n      tags: [x, y]\n      papers:\n        - id: t\n          venue: Venue\n"
)
EVERYTHING_IN_BRACES = """\
{title: A list, methods: {m: {name: Method}}, papers: [{id: a, title: First}, {id: t, title: The title, authors: [Ann Author, Bob Builder],
  venue: Venue, number: 6, tags: [x, y], status: to-read}, {id: z, title: Last}]}
"""
BRACES = """\
  - {id: t, title: The title, authors: [Ann Author, Bob Builder], venue: Venue, number: 6, tags: [x, y], status: to-read}
"""
BRACES_OVER_LINES = """\
  - {
      id: t, title: The title,   # both
      authors: [Ann Author,
                Bob Builder],
      venue: Venue,
      number: 6, tags: [x, y],
      status: to-read,   # last
    }
"""
IN_BRACKETS = """\
title: A list
methods: {m: {name: Method}, n: {name: Other}}
papers: [
  {id: a, title: First},   # a
  {id: t, title: The title, authors: [Ann Author, Bob Builder], venue: Venue, number: 6, tags: [x, y], status: to-read},   # t
  {id: z, title: Last}   # z
]
"""
BELOW = """\
  - id: t
    title:
      The title
    authors:
      [Ann Author, Bob Builder]
    venue:   # where
      Venue
    number:
      6
    tags:

      - x

      - y

    status:
      to-read
"""
NOT_INDENTED = """\
title: A list
methods:
  m:
    name: Method
papers:
- id: a
  title: First
  tags:
  - x
- id: t
  title: The title
  authors:
  - Ann Author
  - Bob Builder
  venue: Venue
  number: 6
  tags:
  - x
  - y
  status: to-read
- id: z
  title: Last
"""
ODD_INDENTS = """\
title: A list
methods:
     m:
       name: Method
     n: {name: Other}
papers:
   - id: a
     title: First
   -    id: t
        title: The title
        authors:
           -   Ann Author
           -   Bob Builder
        venue: Venue
        number: 6
        tags:
        -  x
        -  y
        status: to-read
   - id: z
     title: Last
"""
DASH_ALONE = """\
title: A list
methods: {m: {name: Method}}
papers:
  -
    id: a
    title: First
  -   # here it is
    id: t
    title: The title
    authors:
      -
        Ann Author
      - Bob Builder
    venue: Venue
    number: 6
    tags:
      - x
      -
        y
    status: to-read
  -
    id: z
    title: Last
"""
EXPLICIT_KEYS = """\
  - ? id
    : t
    ? title
    : The title
    authors: [Ann Author, Bob Builder]
    ? venue
    : Venue
    number: 6
    tags: [x, y]
    ? status
    : to-read
"""
QUOTED_KEYS = """\
  - "id": t
    'title': The title
    "authors": [Ann Author, Bob Builder]
    "venue": Venue
    'number': 6
    "tags": [x, y]
    "status" : to-read
"""
REVERSED = """\
  - status: to-read
    tags: [x, y]
    number: 6
    venue: Venue
    authors: [Ann Author, Bob Builder]
    title: The title
    id: t
"""
ANCHORED = T.replace("venue: Venue", "venue: &v Venue").replace("status: to-read", "status: &s to-read")
MERGED = """\
title: A list
methods:
  m: &m
    name: Method
mine:
  defaults: &defaults
    language: en
    publisher: Acme
papers:
  - <<: *defaults
    id: a
    title: First
  - <<: *defaults
    id: t
    title: The title
    authors: [Ann Author, Bob Builder]
    venue: Venue
    number: 6
    tags: [x, y]
    status: to-read
    publisher: Own
  - id: z
    title: Last
"""
MERGED_LAST = MERGED.replace("  - <<: *defaults\n    id: t", "  - id: t").replace(
    "    publisher: Own\n", "    <<: *defaults\n"
)
MERGED_HOME = T.replace("    venue: Venue\n", "") + "    <<: {venue: Elsewhere}\n    venue: Venue\n"
ALIASES = """\
title: A list
methods: {m: {name: Method}}
papers:
  - id: a
    title: First
    venue: &v Venue
    status: &s to-read
    tags: &list [x, y]
  - id: t
    title: The title
    authors: [Ann Author, Bob Builder]
    venue: *v
    number: 6
    tags: [x, y]
    status: *s   # as above
  - id: z
    title: Last
    tags: *list
"""
ALIASED_MEMBERS = """\
title: A list
methods: {m: {name: Method}}
papers:
  - id: a
    title: First
    authors: [&ann Ann Author, &bob Bob Builder]
    tags:
      - &x x
  - id: t
    title: The title
    authors: [*ann , *bob ]
    venue: Venue
    number: 6
    tags:
      - *x
      - y
    status: to-read
  - id: z
    title: Last
"""
BEHIND = """\
papers:
  - id: a
    title: First

{paper}
  - id: z
    title: Last

# the list itself
title: A list
methods:
  m: {{name: Method}}   # m

mine: [1, 2]
"""
LONG = T.replace("The title", "The " + "very " * 1800 + "long title").replace(
    "Bob Builder]", ", ".join(f"Author Number{n}" for n in range(300)) + "]"
)
AMBIGUOUS = T.replace("tags: [x, y]", "tags: [x, y, no, 012, 1:30, 1e3, 0x1F, .5, ~x, =, off]") + (
    "    yes: no\n    on: 2001-12-14\n    arxiv: 2103.10000\n    issue: 1_000\n    volume: 012\n    pages: 12:30\n"
)
UNICODE = """\
  - id: t
    title: 深度伪造 😀 naïve e\u0301 \u00a0x
    authors: [Ann Author, 王小明, "Ünï Çødé"]
    venue: Venue
    number: 6
    tags: [x, y, 標籤, 😀]
    status: to-read
    note: "a\u2028b\u0085c"   # 註
"""
NULLS = T + "    doi:\n    language: ~\n    pages: null\n    links: []\n    abstract: ''\n    mine: {}\n"
TAGGED = T.replace("venue: Venue", "venue: !!str Venue").replace("number: 6", "number: !!int 6")

CASES: dict[str, str] = {
    "plain": PLAIN,
    "lists in rows": around(ROWS),
    "no blank lines": around(T, gap=""),
    "three blank lines": around(T, gap="\n\n\n"),
    "blank lines between keys": around(T.replace("\n    ", "\n\n    ") + "\n"),
    "comments everywhere": COMMENTED,
    "comments everywhere, no blank lines": COMMENTED.replace("\n\n", "\n"),
    "comments at the margin": PLAIN.replace("    venue", "# out here\n    venue").replace("    status", "# and here\n    status"),
    "comments between members": around(ROWS.replace("      - ", "      # next\n      - ")),
    "comments far out": around(T.replace("\n    ", "   # c\n    ")),
    "a comment with a dash": around("  # - id: no\n" + T.replace("    status", "    # - status: no\n    status")),
    "a heading above": around(f"  # ===== T =====\n{T}"),
    "a comment ends the file": PLAIN + "    # deep\n  # less\n# the end",
    "trailing blanks": around(T.replace("\n", "  \n"), gap="   \n"),
    "tabs before comments": around(T.replace("\n", "\t# c\n")),
    "tabs behind colons": around(T.replace("venue: ", "venue:\t").replace("status: ", "status: \t")),
    "tabs in texts": with_title('"The\ttitle"'),
    "not indented": NOT_INDENTED,
    "odd indents": ODD_INDENTS,
    "far in": PLAIN.replace("\n  ", "\n        "),
    "a dash alone": DASH_ALONE,
    "values below keys": around(BELOW),
    "papers in braces": f"{HEAD}papers:\n  - {{id: a, title: First}}\n{BRACES}  - {{id: z, title: Last}}\n",
    "braces over lines": around(BRACES_OVER_LINES),
    "papers in brackets": IN_BRACKETS,
    "everything in braces": EVERYTHING_IN_BRACES,
    "brackets with blanks": around(T.replace("[x, y]", "[ x ,  y ]").replace("[Ann Author, Bob Builder]", "[Ann Author,Bob Builder]")),
    "brackets over lines": around(T.replace("[x, y]", "[\n      x,   # x\n      y,   # y\n    ]").replace("r, Bob", "r,\n              Bob")),
    "brackets below": with_tags("\n      [x,\n       y]"),
    "a last comma": with_tags(" [x, y, ]"),
    "quoted members": with_tags(" ['x', \"y\", 'it''s', \"\\u0041\"]"),
    "members in rows, quoted": around(ROWS.replace("- x", "- 'x'").replace("- y", '- "y"')),
    "members over lines": around(ROWS.replace("- y", "- y\n      - a member\n        of two lines\n      - >-\n        folded\n        member")),
    "lists in lists": around(T + "    mine:\n      - - x\n        - y\n      - [x, [y]]\n"),
    "single quotes": with_title("'The ''title'''"),
    "double quotes": with_title('"The \\"title\\" \\t \\u00e9"'),
    "double quotes over lines": with_title('"The\n      title \\\n      goes on\n\n      and on"'),
    "single quotes over lines": with_title("'The\n      title\n\n      goes on'"),
    "plain over lines": with_title("The\n      title\n      goes on   # here"),
    "literal": with_title("|\n      The\n        title"),
    "literal, stripped": with_title("|-\n      The title\n"),
    "literal, kept": with_title("|+\n      The title\n\n"),
    "literal, indent told": with_title("|2\n       The title"),
    "literal with a comment": with_title("|   # it\n      The title\n      # no comment"),
    "folded": with_title(">\n      The\n      title\n\n      goes on"),
    "folded, stripped": with_title(">-\n      The\n      title\n    # below"),
    "folded, kept": with_title(">+\n      The title\n\n\n"),
    "a text block ends the paper": around(T + "    abstract: |\n      Some\n      text\n"),
    "a text block ends the paper, kept": around(T + "    abstract: |+\n      Some\n      text\n"),
    "decoys": around(DECOY),
    "a decoy in a quoted text": around(T + '    note: "\n\n      - id: t\n\n      status: to-read"\n'),
    "own keys": around(OWN_KEYS),
    "keys reversed": around(REVERSED),
    "explicit keys": around(EXPLICIT_KEYS),
    "quoted keys": around(QUOTED_KEYS),
    "blanks before colons": around(T.replace(": ", " : ")),
    "authors in parts": around(AUTHORS_IN_PARTS),
    "nothing in many forms": around(NULLS),
    "ambiguous scalars": around(AMBIGUOUS),
    "tags of YAML": around(TAGGED),
    "unicode": around(UNICODE),
    "long lines": around(LONG),
    "anchors": around(ANCHORED),
    "values that others borrow": around(ANCHORED.replace("[x, y]", "&list [x, y]"), gap="").replace(
        "    status: read\n", "    status: *s\n    venue: *v\n    tags: *list\n"
    ),
    "a paper that others borrow from": PLAIN.replace("  - id: t\n", "  - &t\n    id: t\n").replace("  - id: z\n", "  - <<: *t\n    id: z\n"),
    "a merge brings a value back": around(MERGED_HOME),
    "an anchor on a key's list, in rows": around(ROWS.replace("tags:", "tags: &tags").replace("authors:", "authors:   &who")),
    "aliases": ALIASES,
    "aliased members": ALIASED_MEMBERS,
    "merge keys": MERGED,
    "a merge key comes last": MERGED_LAST,
    "keys behind the papers": BEHIND.format(paper=T),
    "the last paper": f"{HEAD}papers:\n{Z}\n{A}\n{T}",
    "the first paper": f"{HEAD}papers:\n{T}\n{A}\n{Z}",
    "CRLF": COMMENTED.replace("\n", "\r\n"),
    "CRLF, lists in rows": around(ROWS).replace("\n", "\r\n"),
    "CRLF, text blocks": with_title("|\n      The\n      title\n").replace("\n", "\r\n"),
    "mixed ends": "".join(line + ("\r\n" if n % 2 else "\n") for n, line in enumerate(COMMENTED.splitlines())),
    "mixed ends in one paper": PLAIN.replace("Venue\n", "Venue\r\n").replace("[x, y]\n", "[x, y]\r\n"),
    "byte order mark": "\ufeff" + PLAIN,
    "byte order mark, CRLF, no end": "\ufeff" + COMMENTED.replace("\n", "\r\n").rstrip(),
    "no final newline": f"{HEAD}papers:\n{A}\n{T}".rstrip("\n"),
    "no final newline, rows": f"{HEAD}papers:\n{A}{ROWS}".replace("    status: to-read\n", "").replace(
        "    venue", "    status: to-read\n    venue"
    ).rstrip("\n"),
    "no final newline, text block": f"{HEAD}papers:\n{A}\n{T}    abstract: |-\n      Some text",
    "many final newlines": PLAIN + "\n\n\n\n",
    "a document's marks": f"---\n{PLAIN}...\n",
    "a directive": f"%YAML 1.1\n---\n# c\n{PLAIN}",
    "a comment before the document": f"# c\n\n--- # d\n{PLAIN}",
    "two documents": f"{PLAIN}---\ntitle: Another\n",
}  # fmt: skip
