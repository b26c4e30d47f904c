"""The words people put on links and on columns: paper, code, project page, and what they say in other languages.

Decides what a short label promises; where its link really leads is for `exchange.addresses` to say.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache


class Role(StrEnum):
    """What a labelled link is to the work beside it."""

    PAPER = "paper"
    CODE = "code"
    PROJECT = "project"
    DATA = "data"
    MODEL = "model"
    VIDEO = "video"
    SLIDES = "slides"
    DEMO = "demo"
    BLOG = "blog"
    SUPPLEMENT = "supplement"
    CITATION = "citation"
    OTHER = "other"


_WORDS: Mapping[Role, str] = {
    Role.CODE: "code codes code&data github git repo repository implementation implementations implement pytorch torch tensorflow tf tf2 keras"
        " jax mxnet"
    " matlab caffe caffe2 chainer theano paddle paddlepaddle mindspore lasagne julia source sourcecode src star stars software"
    " gitlab gitee toolbox 代码 源码 代码链接 代码地址 开源代码 开源 源代码 官方代码 程式碼"
    " コード 実装 ソースコード 코드 código codigo код quellcode",
    Role.PAPER: "paper papers pdf arxiv abs abstract html doi openreview acl cvf cvpr ieee acm springer thecvf preprint article publication"
    " publications oral spotlight highlight proceedings proceeding journal report tr techreport fulltext manuscript read eprint biorxiv"
    " medrxiv ssrn pubmed pmlr nips neurips aaai ijcai hal usenix"
    " 论文 论文链接 论文地址 原文 文章 原文链接 全文 論文 논문 статья artículo articulo papier artikel",
    Role.PROJECT: "project projects page webpage website web site homepage home projectpage 项目"
    " 项目主页 主页 项目地址 项目链接 网站 官网 プロジェクト 프로젝트"
    " proyecto projekt проект",
    Role.DATA: "dataset datasets data benchmark download 数据 数据集 数据集链接 下载 データ データセット 데이터 데이터셋 datos данные",
    Role.MODEL: "model models weights weight checkpoint checkpoints pretrained modelscope modelzoo zoo hf huggingface 模型 权重 モデル 모델",
    Role.VIDEO: "video videos youtube talk presentation bilibili recording 视频 視頻 讲解 动画 動画 비디오 vídeo видео trailer",
    Role.SLIDES: "slides slide poster ppt posters 幻灯片 海报 スライド 슬라이드",
    Role.DEMO: "demo demos colab space spaces notebook playground replicate app gradio online try 演示 在线体验 デモ 데모 демо",
    Role.BLOG: "blog blogs post blogpost medium zhihu notes note summary review tutorial reading news interview explained"
    " 解读 博客 笔记 知乎 中文解读 论文解读"
    " 介绍 ブログ 블로그 блог",
    Role.SUPPLEMENT: "supp supplement supplementary supplemental appendix sup material 补充材料 附录",
    Role.CITATION: "bib bibtex cite citation citations ref reference refs 引用 tex",
    Role.OTHER: "here link url links more twitter tweet x discord slack forum info details detail docs documentation api leaderboard challenge"
        " package"
    " 链接 地址 更多 这里 リンク 링크 ссылка enlace pypi docker wiki patent license twitter thread colab",
}  # fmt: skip
_FILLERS = frozenset(
    "official unofficial offical original author authors author's re implementation reimplementation third party 3rd the a an of for in on and &"
    " + / - |"
    " coming soon tba tbd public full short long new old version v1 v2 v3 1 2 3 4 5 main extended my our by from with to at python c++ c cuda r"
    " java go"
    " js matlab hugging face page paper link links hub latest official_code technical tech project arxiv preprint camera ready conference"
    " journal html"
    " pdf supplementary 官方 非官方 第三方 官方代码 复现".split()
)
_LANGUAGES = frozenset("python matlab java julia r c++ c lua torch pytorch tensorflow scala rust javascript".split())
_ROLE_OF: Mapping[str, Role] = {word: role for role, words in _WORDS.items() for word in words.split()}
_TRADE = (_FILLERS - {"1", "2", "3", "4", "5"}) | {
    "link",
    "paper",
    "pdf",
    "code",
    "open",
    "access",
    "version",
    "published",
    "论文",
    "链接",
}
_ORDER = (
    Role.SUPPLEMENT, Role.CITATION, Role.VIDEO, Role.SLIDES, Role.DEMO, Role.BLOG, Role.CODE, Role.DATA, Role.MODEL,
    Role.PROJECT, Role.PAPER, Role.OTHER,
)  # fmt: skip
_WRAPPERS = "[](){}<>【】「」『』（）《》`*_~|:：,，.。;；!！·•→➡-–—'\"“”‘’#"
_SHORTCODE = re.compile(r":[a-z0-9_+-]+:")
_SPLIT = re.compile(r"[\s/_|,，、:：()（）\[\]【】.·•\-–—]+")


def plain_label(text: str) -> str:
    """The label without emoji, brackets and marks around it, in lower case."""
    return strip_symbols(text).strip(_WRAPPERS + " ").casefold()


@lru_cache(maxsize=100_000)
def strip_symbols(text: str) -> str:
    """The text without emoji and emoji shortcodes, white space folded."""
    if not text.isascii():
        text = "".join(" " if _is_emoji(char) else char for char in unicodedata.normalize("NFC", text))
    if ":" in text:
        text = _SHORTCODE.sub(" ", text)
    return " ".join(text.split())


def _is_emoji(char: str) -> bool:
    if char < "\u2000":
        return char in "©®"
    return char in "\u200d\u20e3\ufe0f\ufe0e\u2122" or (
        unicodedata.category(char) in {"So", "Sk", "Cs", "Co", "Cn"} and not "\u2100" <= char <= "\u214f"
    )


@lru_cache(maxsize=100_000)
def role_of_label(text: str) -> Role | None:
    """What a label promises; None when it is no label: a title, a name, or a sentence.

    A label is short, and each of its words is one of the trade: `Code (PyTorch)`, `官方代码`, `[[pdf]]`, `Project page 2`.
    """
    label = plain_label(text)
    if not label or len(label) > 60:
        return None
    if label in _ROLE_OF:
        return _ROLE_OF[label]
    label = re.sub(r"\s*[(（\[].*?(?:[)）\]]|$)\s*", " ", label).strip() or label
    words = [word for part in _SPLIT.split(label) if (word := re.sub(r"(?<=[a-z])\d(?:\.\d)?$|'s$", "", part))]
    if not words or len(words) > 5:
        return None
    if len(words) <= 3 and words[0] in _LANGUAGES and set(words[1:]) <= {"reference", "version", "code"}:
        return Role.CODE
    roles = {_ROLE_OF[word] for word in words if word in _ROLE_OF}
    if roles and all(word in _ROLE_OF or word in _FILLERS or word.isdecimal() for word in words):
        return next(role for role in _ORDER if role in roles)
    return Role.CODE if len(words) <= 3 and words[0] in {"code", "github", "official"} and len(words) > 1 else None


def without_labels(text: str) -> str:
    """What is left of a label when the words of the trade are taken out: `Link of CVPR (2016)` is `CVPR 2016`."""
    words = _SPLIT.split(strip_symbols(text).strip(_WRAPPERS + " "))
    kept = [word for word in words if word.casefold() not in _TRADE]
    return " ".join(kept) if 0 < len(kept) < len(words) <= 8 else ""


def says_nothing(text: str) -> bool:
    """Whether the text holds no letter and no digit: a dash, an emoji, a tick."""
    return not any(char.isalnum() for char in strip_symbols(text))
