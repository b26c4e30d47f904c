"""The columns of a table and what each holds, whatever their names, language and order.

Decides by the heading of a column and by what stands in it: a column called "Paper" may hold titles, or links that say "pdf".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import lru_cache

from litsync.exchange.lists.blocks import Row, Table
from litsync.exchange.lists.labels import Role, plain_label, role_of_label, strip_symbols
from litsync.exchange.lists.people import read_authors
from litsync.exchange.lists.runs import Run, plain_text
from litsync.exchange.lists.venues import read_appearance


class Column(StrEnum):
    """What a column holds."""

    TITLE = "title"
    NAME = "name"
    AUTHORS = "authors"
    VENUE = "venue"
    DATE = "date"
    METHOD = "method"
    LINKS = "links"
    NOTE = "note"
    NUMBER = "number"
    OTHER = "other"


_NAMES: Mapping[Column, str] = {
    Column.TITLE: r"(?:paper\s*)?(?:titles?|names?\s+of\s+paper)|papers?\s+(?:title|name)s?|(?:论文)?(?:标题|题目|名称)|论文名"
    r"|題目|タイトル|제목|t[ií]tulo|titre"
        r"|titel|название|work|article|publication|papers?(?:\s*[&/+]\s*\w+)?|(?:论文|文章|論文|논문|статья|art[ií]culo)(?:名|标题|题目|名称)?|source|sources"
        r"|book|survey",
    Column.NAME: r"(?:model|method|short|algorithm|system|approach|dataset|data\s*set|benchmark|project|tool|framework|network)?\s*(?:names?"
        r"|abbrev\w*|acronyms?|alias)|methods?|models?|algorithms?|approach(?:es)?|systems?|datasets?|data\s+sets?|benchmarks?|networks?|llm"
        r"|key\s?words?\s+name|名字|名称|简称|方法|模型|算法|数据集|手法|モデル|모델|방법",
    Column.AUTHORS: r"(?:first\s+)?authors?(?:\s*\(s\))?|作者|著者|저자|autor(?:es)?|auteurs?|автор\w*",
    Column.VENUE: r"(?:publication\s+)?(?:venues?|conferences?|conf\.?|journals?|publish(?:ed|er)?(?:\s+(?:in|at))?|pub\.?|publication\s+venue"
        r"|where|booktitle)(?:\s*[/&]\s*\w+)?|会议|期刊|发表(?:于|会议)?|出版|来源|会議|学会|학회|revista|conferencia",
    Column.DATE: r"(?:publi\w+\s+|pub\.?\s+|release\w*\s+|first\s+|submission\s+|arxiv\s+)?(?:dates?|years?|time|month|when"
        r"|day)(?:\s+(?:of\s+)?(?:publication|released?))?|年份?|年度|时间|日期|发布时间|发表时间|発表年|연도|año|fecha|année|datum|jahr|год|дата"
        r"|pub\.?\s*(?:&\s*)?date",
    Column.METHOD: r"(?:method\s+)?(?:categor(?:y|ies)|class(?:es|ification)?|types?|taxonomy)(?:\s+of\s+method)?|method\s+(?:class|category"
        r"|type)|类别|分类|类型|方法(?:类别|分类)|カテゴリ|분류",
    Column.NOTE: r"(?:short\s+)?(?:notes?|descriptions?|abstracts?|summar(?:y|ies)|comments?|remarks?|key\s?words?|tags?|tl;?dr|highlights?"
        r"|details?|contributions?|main\s+idea|ideas?|introduction|overview|tasks?|topics?|features?|institut\w+|affiliations?|orgs?"
        r"|organi[sz]ations?|compan(?:y|ies)|team|labs?|recom\w*|rating|stars?|citations?|cited|size|license|language|modalit\w+|domains?"
        r"|backbone|metrics?|results?|status)|备注|简介|描述|摘要|关键词|说明|机构|单位|任务|引用|介绍|解读|备考|概要|비고|설명",
    Column.NUMBER: r"#|no\.?|num(?:ber)?|index|idx|id|s\.?\s*no\.?|序号|编号|番号|번호",
}  # fmt: skip
_PATTERNS = {column: re.compile(rf"(?:{pattern})", re.IGNORECASE) for column, pattern in _NAMES.items()}
_ORDER = (
    Column.NUMBER,
    Column.AUTHORS,
    Column.DATE,
    Column.VENUE,
    Column.METHOD,
    Column.NOTE,
    Column.NAME,
    Column.TITLE,
)


@lru_cache(maxsize=10_000)
def named(heading: str) -> Column:
    """What the heading of a column promises."""
    label = plain_label(heading)
    if role := role_of_label(heading):
        return Column.TITLE if role is Role.PAPER and _PATTERNS[Column.TITLE].fullmatch(label) else _with_role(label)
    parts = [label, *re.split(r"\s*[/&,|+]\s*", label)]
    for part in parts:
        for column in _ORDER:
            if _PATTERNS[column].fullmatch(part.strip()):
                return column
    return Column.OTHER


def _with_role(label: str) -> Column:
    for column in (Column.DATE, Column.VENUE, Column.NAME):
        if _PATTERNS[column].fullmatch(label):
            return column
    return Column.LINKS


_SAMPLE = 60


def columns_of(table: Table) -> list[Column]:
    """What each column of the table holds; exactly one is the title, unless no column can be."""
    width = max([len(table.head), *(len(row.cells) for row in table.rows[:_SAMPLE])], default=0)
    found = [named(table.head[place]) if place < len(table.head) else Column.OTHER for place in range(width)]
    cells = [[row.cells[place] for row in table.rows[:_SAMPLE] if place < len(row.cells)] for place in range(width)]
    found = [_checked(column, cells[place]) for place, column in enumerate(found)]
    title = _title_column(found, cells)
    return [
        Column.TITLE if place == title else Column.LINKS if column is Column.TITLE else column
        for place, column in enumerate(found)
    ]


def _checked(column: Column, cells: Sequence[Sequence[Run]]) -> Column:
    """The column as its content shows it, where its heading says nothing or something else."""
    filled = [cell for cell in cells if plain_text(cell).strip(" -–—/xX×✗")]
    if not filled or column not in (Column.OTHER, Column.VENUE, Column.NAME):
        return column
    texts = [plain_text(cell).strip(" .,;:()[]") for cell in filled]
    half = len(filled) / 2
    if column is not Column.NAME and sum(read_appearance(text) is not None for text in texts) > half:
        dates = [found for text in texts if (found := read_appearance(text))]
        return Column.DATE if not any(one.venue for one in dates) else Column.VENUE
    if column is Column.OTHER and sum(bool(read_authors(text)) and len(text.split()) > 1 for text in texts) > half:
        return Column.AUTHORS
    if column is Column.OTHER and sum(any(run.url for run in cell) for cell in filled) > half and _are_labels(filled):
        return Column.LINKS
    return column


def _are_labels(cells: Sequence[Sequence[Run]]) -> bool:
    links = [run for cell in cells for run in cell if run.url]
    return sum(run.picture != "" or role_of_label(run.text) is not None for run in links) * 2 > len(links)


def _title_column(columns: Sequence[Column], cells: Sequence[Sequence[Sequence[Run]]]) -> int | None:
    scores = {place: _title_score(column, cells[place]) for place, column in enumerate(columns)}
    best = max(scores, key=lambda place: scores[place], default=None)
    return best if best is not None and scores[best] > 0 else None


def _title_score(column: Column, cells: Sequence[Sequence[Run]]) -> float:  # noqa: PLR0911 -- a table of cases
    if column in (Column.AUTHORS, Column.VENUE, Column.DATE, Column.NUMBER, Column.METHOD):
        return 0.0
    words = [float(_words_of_title(cell)) for cell in cells]
    filled = sorted(count for count in words if count)
    if not filled or len(filled) * 3 < len(cells):
        return 0.0
    mean = sum(filled) / len(filled)
    match column:
        case Column.TITLE:
            return 20 + min(mean, 10) if mean >= 1 else 0.0
        case Column.NAME:
            return 3 + min(mean, 10)
        case Column.NOTE:
            linked = sum(any(run.url and role_of_label(run.text) is None for run in cell) for cell in cells)
            return min(mean, 6) if linked * 2 > len(cells) else 0.0
        case Column.LINKS:
            return 8 + min(mean, 10) if mean >= 3 else 0.0
        case _:
            return min(mean, 15)


def _words_of_title(cell: Sequence[Run]) -> int:
    """The words in a cell that are no labels of links."""
    count = 0
    for run in cell:
        text = strip_symbols(run.text)
        if run.picture or run.is_bare or role_of_label(text) is not None or read_appearance(text) is not None:
            continue
        wide = sum("\u3040" <= char <= "\u9fff" for char in text)
        count += len([word for word in text.split() if any(char.isalpha() for char in word)]) + wide // 2
    return count


def is_results_table(table: Table, columns: Sequence[Column]) -> bool:
    """Whether most of the columns are figures: a table of results, which names methods and not works."""
    figures = 0
    for place in range(len(columns)):
        cells = [
            plain_text(row.cells[place]).strip(" *-–—%±") for row in table.rows[:_SAMPLE] if place < len(row.cells)
        ]
        filled = [text for text in cells if text]
        plain = sum(re.fullmatch(r"[\d.,]+(?:\s*[%±/]\s*[\d.,]*)?", text) is not None for text in filled)
        if filled and plain * 3 > len(filled) * 2 and columns[place] not in (Column.DATE, Column.NUMBER):
            figures += 1
    return figures >= 2


def cell_of(row: Row, columns: Sequence[Column], wanted: Column) -> list[Run]:
    """The first cell of a row that holds what is wanted; empty when there is none."""
    for place, column in enumerate(columns):
        if column is wanted and place < len(row.cells):
            return row.cells[place]
    return []
