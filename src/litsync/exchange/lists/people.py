"""Names of people, told from titles and venues by their form alone.

Decides whether a text is a list of authors and how it is cut into names.
"""

from __future__ import annotations

import re
from functools import lru_cache

from litsync.core.model import Name
from litsync.core.values import read_name, tidy
from litsync.exchange.lists.labels import role_of_label

_ET_AL = re.compile(
    r"[\s,，]*(?:\bet\.?\s*al\b\.?|\band\s+others\b|等人?|\bu\.\s?a\.|\.\.\.|…)\s*[.,]*\s*$", re.IGNORECASE
)
_AND = re.compile(r"\s*(?:;|；|、|，|,?\s+and\s+|,?\s*&\s*|\s+和\s+|\s+et\s+|\s+und\s+|\s+y\s+)\s*", re.IGNORECASE)
_MARKS = re.compile(r"[*†‡§¶∗⋆#^✉]|\$\^?\{?[^$]*\}?\$|<sup>.*?</sup>|[¹²³⁴⁵⁶⁷⁸⁹⁰]|(?<=[a-z.])\d(?:,\d)*(?=\s|,|$)")
_WORD = re.compile(
    r"(?:[A-ZÀ-ÖØ-ÞĀ-ŽΑ-ΩА-ЯŞİ][\w’'‘`.\-‐‑]*|[A-Z]\.|(?:van|von|der|den|de|del|della|di|da|dos|du|la|le|ten|ter|zu|zur|al|el|bin|ibn|bar|ben"
    r"|st\.?|jr\.?|i̇[\w-]*|d['’]\w+|al-\w+|O['’]\w+|mac\w+))"
)
_CHINESE = re.compile(r"[\u4e00-\u9fff]{2,4}")
_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛"
    "闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔赖文施洪季鲍章倪岳庄欧阳司马诸葛張劉陳楊黃趙吳孫馬鄭謝許韓鄧馮蕭蔣葉蘇呂盧鍾譚陸範賈鄒閆龍賀顧錢嚴湯"
)
_OF_TITLES = frozenset(
    "a an the of for on in with to from by via using towards toward and or is are at as into through without beyond under over how what why when"
    " do does can "
    "learning learned learn network networks neural deep model models modeling image images video videos object objects detection recognition"
    " segmentation "
    "generation generative adversarial transformer transformers attention vision visual language large pre-training pretraining training"
    " self-supervised supervised "
    "unsupervised semi-supervised weakly representation representations graph graphs convolutional recurrent reinforcement policy optimization"
    " efficient fast robust "
    "adaptive adaptation domain transfer multi-task multi-modal multimodal multi-view 3d 2d scene face facial human pose action motion tracking"
    " estimation synthesis "
    "editing super-resolution restoration denoising deblurring inpainting retrieval classification clustering embedding embeddings knowledge"
    " distillation survey review "
    "benchmark dataset datasets data evaluation analysis understanding reasoning planning control robot robotic autonomous driving speech audio"
    " text translation "
    "question answering dialogue dialog generation summarization sentiment framework approach method methods system systems algorithm algorithms"
    " theory end-to-end "
    "real-time online offline diffusion flow latent space prior priors feature features fusion semantic instance panoptic point cloud clouds"
    " depth stereo camera "
    "open open-source towards unified universal general high-resolution high-fidelity few-shot zero-shot one-shot contrastive masked prompt"
    " prompting tuning fine-tuning "
    "memory search architecture quantization pruning compression inference serving distributed parallel federated privacy security attack"
    " attacks defense bayesian "
    "probabilistic stochastic gradient descent variational autoencoder autoencoders gan gans nerf radiance fields field gaussian splatting"
    " rendering reconstruction "
    "medical clinical molecular protein drug time series forecasting prediction anomaly recommendation recommender traffic university institute"
    " lab labs research "
    "google microsoft facebook meta nvidia openai deepmind tencent alibaba huawei baidu amazon apple intel ibm adobe inc corporation academy"
    " college school department "
    "oral spotlight poster workshop paper code project page website official pytorch tensorflow keyword keywords note notes tldr abstract"
    " introduction overview".split()
)  # fmt: skip


_NO_NAME = re.compile(
    r"(?:tions?|sions?|ization|ility|icity|ality|ness|ically|ical|ology|graphy|ances?|ences?|[a-z]{5}ments?|based|aware|driven|level|guided|free"
    r"|modal)$"
)


def is_name(text: str) -> bool:
    """Whether the text has the form of one person's name."""
    text = _MARKS.sub("", text).strip(" .,")
    if _CHINESE.fullmatch(text):
        return text[0] in _SURNAMES and role_of_label(text) is None
    words = text.split()
    if not 1 <= len(words) <= 5 or len(text) > 45 or ":" in text:
        return False
    if any(word.casefold().strip(",") in _OF_TITLES or _NO_NAME.search(word) for word in words):
        return False
    return all(_WORD.fullmatch(word) for word in words) and any(len(word.strip(".")) > 1 for word in words)


def has_et_al(text: str) -> bool:
    """Whether the text ends by saying that there are more."""
    return _ET_AL.search(text) is not None


@lru_cache(maxsize=50_000)
def read_authors(text: str) -> tuple[Name, ...]:
    """The names that the whole text lists; empty when it is no list of names.

    `K. Simonyan et al.`, `Ada Lovelace and Charles Babbage`, `Neumann, Marion and Garnett, Roman`. One name by itself counts
    only with more than one word.
    """
    text = tidy(_MARKS.sub("", text)).strip(" .,;:()[]*_-–—")
    text = re.sub(r"^(?:by|authors?|作者)\s*[:：]?\s+", "", text, flags=re.IGNORECASE)
    more = has_et_al(text)
    text = _ET_AL.sub("", text).strip(" ,")
    if not text or len(text) > 6000:
        return ()
    pieces = _family_first(text) or _cut(text)
    if not pieces or not all(is_name(piece.replace(",", " ")) for piece in pieces):
        return ()
    if len(pieces) == 1 and not more and len(pieces[0].split()) < 2 and not _CHINESE.fullmatch(pieces[0]):
        return ()
    if not more and sum(len(piece.split()) > 1 or _CHINESE.fullmatch(piece) is not None for piece in pieces) * 2 < len(
        pieces
    ):
        return ()
    return tuple(
        read_name(piece.strip(" .") if not re.search(r"\b[A-Z]\.$", piece) else piece.strip()) for piece in pieces
    )


def _family_first(text: str) -> list[str]:
    """`Neumann, Marion and Garnett, Roman`: each part between the `and`s has one comma."""
    parts = re.split(r"\s+and\s+|\s*;\s*", text)
    if all(part.count(",") == 1 for part in parts) and (
        len(parts) > 1 or re.fullmatch(r"[\w'’-]+,\s*[A-Z][\w.\s-]*", text)
    ):
        return parts if len(parts) > 1 or len(parts[0].split()) == 2 else []
    return []


def _cut(text: str) -> list[str]:
    pieces = [
        piece for part in _AND.split(text) for piece in re.split(r"\s*,\s*(?:and\s+)?", part) if piece.strip(" .")
    ]
    if len(pieces) > 2 and len(pieces[0].split()) == 1 and len(pieces[1].split()) == 1 and len(pieces[2].split()) > 1:
        return [f"{pieces[0]}, {pieces[1]}", *pieces[2:]]
    return pieces
