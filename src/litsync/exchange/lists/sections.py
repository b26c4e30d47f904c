"""What a section of a list is about, by its headings: papers, data sets, tools, people, news, or the list itself.

Decides by the words of a heading in several languages; the nearest heading that says something counts. What is only about the
list itself ("Contents", "License") does not pass on to the headings below it, and the title of the list never says that it
holds no works.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from litsync.exchange.lists.blocks import Path
from litsync.exchange.lists.venues import Appearance, read_appearance


class About(StrEnum):
    """What a section holds."""

    UNSAID = ""
    PAPERS = "papers"
    DATASETS = "data sets"
    READING = "books, posts and courses"
    VIDEOS = "talks and videos"
    TOOLS = "tools"
    PEOPLE = "people"
    EVENTS = "events and venues"
    LISTS = "other lists"
    NEWS = "news"
    LIST_ITSELF = "the list itself"


LEFT = frozenset({About.PEOPLE, About.EVENTS, About.LISTS, About.NEWS, About.LIST_ITSELF})
"""Sections that hold no works."""


def _rule(about: About, pattern: str) -> tuple[About, re.Pattern[str]]:
    return about, re.compile(pattern, re.IGNORECASE)


# In this order: the first that matches counts.
_RULES = (
    _rule(About.LIST_ITSELF,
          r"^(?:table\s+of\s+)?contents?(?:\s+(?:list|table))?$|^toc$|^index$|^(?:quick\s+)?(?:links|navigation|menu)$|^outline$|^目[录錄次]|^导航"
          r"|\bcontribut(?:e|ing|ion|ions|ors?)\b(?!.*papers)|^how\s+to\s+(?:contribute|use|cite)|^(?:pull\s+requests?|license|licence"
          r"|disclaimer|citations?|citing|cite(?:\s.*)?|bibtex|acknowledge?ments?"
          r"|contacts?(?:\s+us)?|contact\s+me|star(?:gazers)?(?:\s+history)?|sponsors?|support|feedback|faq|about(?:\s+(?:us|me|this.*))?|todo"
          r"|to-?do(?:\s+list)?|maintainers?|authors?|usage|installation"
          r"|statistics|format|note|notes|legend|reference\s+format|markdown\s+format)$|^(?:贡献|引用|致谢|联系|许可|交流|关于|声明|投稿|打赏|赞助|说明|如何贡献)|謝辞|ライセンス|기여"),
    _rule(About.NEWS, r"^(?:latest\s+|recent\s+|our\s+)?(?:news|updates?|announcements?|what'?s\s+new|change\s?log|update\s+(?:log|history)"
              r"|history)(?:\s+(?:and|&)\s+\w+)?\W*$|^(?:最新)?(?:更新|消息|动态|新闻|公告)(?:日志|记录)?$|^📢"),
    _rule(About.LISTS, r"\bawesome[\s-]+(?:lists?|repos?\w*|github|projects?)\b|\b(?:related|other|similar|relevant|more)\s+(?:awesome|lists?"
              r"|repos?\w*|repositor(?:y|ies)|collections?|paper\s+lists?|surveys?\s+(?:repos?))\b"
          r"|^(?:awesome|paper[\s-]?lists?\s+of\s+others|see\s+also|useful\s+links|links)$|相关(?:仓库|列表)|其他(?:仓库|资源|列表)"),
    _rule(About.PEOPLE, r"\b(?:researchers|people|research\s+(?:labs?|groups?|teams?)|labs?\s+and\s+\w+|labs|scholars|professors"
              r"|who\s+to\s+follow|people\s+to\s+follow|key\s+people|groups?\s+and\s+labs|companies|startups)\b(?!.*papers)|学者|实验室|研究组|课题组|团队"),
    _rule(About.EVENTS, r"^(?:.*\b)?(?:conferences?|conference\s+(?:deadlines?|venues?)|(?:related\s+)?journals?|venues|meetups?|events?"
              r"|call\s+for\s+papers|jobs?|job\s+openings|careers?|communit(?:y|ies)|forums?|newsletters?)(?:\s+(?:and|&)\s+(?:journals?"
              r"|conferences?|workshops?|competitions?|events?|challenges?))*$"
          r"|^(?:(?:related|relevant|upcoming|past)\s+)?(?:competitions?|challenges?(?:\s+and\s+competitions?)?|kaggle|leaderboards?"
          r"|workshops?(?:\s+and\s+\w+)?)$|^(?:相关)?(?:会议|期刊|竞赛|比赛|招聘|社区)"),
    _rule(About.PAPERS, r"\b(?:papers?|articles?|publications?|literature|surveys?|reviews?|preprints?|theses|thesis|dissertations?"
              r"|reading\s+list|position|theory)\b|论文|文献|综述|論文|サーベイ|논문|статьи|artículos"),
    _rule(About.DATASETS, r"\b(?:data\s?sets?|corpora|corpus|data\s+sources?|databases?|data(?:\s+resources?)?)\b|"
          r"数据(?:集|库)?|データセット|데이터셋|данных"),
    _rule(About.VIDEOS, r"\b(?:videos?(?:\s+(?:lectures?|talks?|courses?|tutorials?))|talks?|lectures?|podcasts?|webinars?|presentations?)\b"
              r"|^(?:video|videos)$|视频(?:课程|教程)|讲座"),
    _rule(About.READING, r"\b(?:blogs?(?:\s*posts?)?|books?|tutorials?|courses?|moocs?|learning\s+(?:resources|materials)|posts|guides?"
              r"|readings?|lecture\s+notes|slides|essays|reports?|textbooks?)\b|博客|书籍|图书|教程|课程|入门|资料"),
    _rule(About.TOOLS, r"\b(?:tools?|tool\s?box(?:es)?|tool\s?kits?|software|librar(?:y|ies)|frameworks?|packages?|implementations?"
              r"|(?:open[\s-]?source\s+)?(?:repos?|repositor(?:y|ies)|projects|codes?|codebases?)$|(?:open|pre-?trained|available"
              r"|released)[\w\s-]*(?:models|llms?)$|platforms?|simulators?|engines?|viewers?"
          r"|plug-?ins?|extensions?|apps?|products?|services?|apis?|utilities|infrastructure|model\s+zoo|pre-?trained\s+models?|demos?"
          r"|notebooks?|open[\s-]?source|resources\s+and\s+tools|editors?|converters?)\b|工具|框架|软件|(?:开源|代码)(?:项目|库|仓库)|平台|ライブラリ|ツール|도구"),
)  # fmt: skip


def about(path: Path) -> About:
    """What the nearest heading that says something announces."""
    for depth, heading in enumerate(reversed(path)):
        found = _about(heading)
        passes_on = not (depth and found is About.LIST_ITSELF) and not (depth == len(path) - 1 and found in LEFT)
        if found is not About.UNSAID and passes_on:
            return found
    return About.UNSAID


@lru_cache(maxsize=10_000)
def _about(heading: str) -> About:
    if len(heading) > 120:
        return About.UNSAID
    return next((what for what, pattern in _RULES if pattern.search(heading)), About.UNSAID)


def heading_appearance(path: Path) -> Appearance:
    """Where and when everything under these headings appeared, where headings say nothing else: `2020 HPCA`, `Year 2024`, `CVPR`."""
    found = [one for heading in reversed(path) if (one := read_appearance(heading)) is not None]
    date = next((one.date for one in found if one.date), "")
    venue = next((one.venue for one in found if one.venue and one.venue.upper()[:3] == one.venue[:3]), "")
    return Appearance(venue if date else "", date)


_METHODS = re.compile(
    r"^(?:by\s+)?(?:methods?|approach(?:es)?|taxonomy|methodolog(?:y|ies)|method\s+(?:classification|categor\w+|taxonomy).*"
    r"|classification(?:\s+(?:by|of)\s+methods?.*)?|techniques?|方法(?:分类|总结)?|分类|手法)$",
    re.IGNORECASE,
)


def announces_methods(heading: str) -> bool:
    """Whether what stands under the heading is sorted by method."""
    return _METHODS.match(heading) is not None
