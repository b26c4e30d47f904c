"""Where and when a work appeared, as lists write it: `CVPR' 19`, `NeurIPS 2020 (Oral)`, `arXiv:2301.01234`, `7 Jun 2021`.

Decides whether a short text is a venue, a date or both, and nothing else; a title that mentions a venue is none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from litsync.exchange.lists.labels import strip_symbols


@dataclass(frozen=True, slots=True)
class Appearance:
    """A venue as written without its year, and a date as `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; either may be empty."""

    venue: str = ""
    date: str = ""


_VENUES = frozenset(
    # conferences
    "3dv aaai aacl aamas acccv accv acl acml acmmm acm-mm mm acsac afl agi aies aistats alt amia apnet apsys arith arxiv asiaccs asplos asru ase"
    " atc aaai "
    "bea bigdata bmvc bmva blackhat bibm ccs cav cade cgo chi chil ches cgf cidr cikm clef clear cloud cluster cogsci collas coling colm colt"
    " conext conll corl cpaior "
    "cp crv crypto cscw csf cvpr cvprw cvmp cvm cvww dac dasfaa date date dexa dsaa dsn e-energy eacl eaamo eccv eccvw ecai ecir ecml ecml-pkdd"
    " ecml/pkdd pkdd ecoop "
    "edbt embc emnlp esann esec/fse esorics eswc etra eurographics eurosp eurosys euro-par eusipco facct fat fast fccm fg fie fm focs fpga fpl fse "
    "gecco globecom gi gis globalsip hpca hpdc hpec hotchips hotcloud hotnets hotos hotstorage hri hicss haptics humanoids iberamia icaart icadl"
    " icann icaps icassp icc icccn iccd icci "
    "iccad iccp iccs iccv iccvw icde icdar icdcs icdm icfhr icic icip iclr iclrw icme icml icmla icmlw icmi icmr icnp icon iconip icpads icpe"
    " icpp icpr icra icse icsme icsoc icslp ics "
    "ictai ictir icws icwsm ijcai ijcai-ecai ijcnlp ijcnn ijcb ijcv infocom inlg interspeech ipdps ipin ipsn iros isbi isca isca iscas iscc"
    " iscslp isit islped ismar ismb ismir isprs ispass issta isstac isvc "
    "itc itcs itsc iui iv iva ivs iwslt jcdl jsai kdd kdd-w kr lak lasi lrec latin log l4dc lisa loft lics mass mascots mdm micro midl miccai"
    " miccaiw mlhc mlsp mlsys mmm mmsp mmsys mobicom mobihoc mobisys mobilehci "
    "msr mwscas mmasia naacl naacl-hlt ndss netys neurips nips neuripsw nipsw nordichi nsdi nime oakland oopsla oof opodis osdi otc pact"
    " pacificvis pakdd pam parco pcs pcm percom pets pg pldi pnas podc podi pods popl ppopp ppsn prcv prml "
    "pricai qomex qce raid raw re recsys rep4nlp rss rtas rtss rv s&p sac safecomp sat sbac sc scg sca scis secon semeval sensys seke sigcomm"
    " sigcse sigdial siggraph siggraph-asia siggraphasia sigir sigir-ap sigkdd sigmetrics sigmod sigspatial "
    "sle slt sm socc soda sosp sp spaa spin splash srds ssdbm ssw ssst stacs starsem stoc sysml swsdm tacas tei tgc tls tpdl tqc trec uai"
    " ubicomp uist umap usenix usenixsecurity vee vcip vis visapp visigrapp vldb vlsi vmcai vr vrst vtc "
    "wacv wacvw wasa waspaa wcnc wdag webconf webist wiamis wise wmt wmt wow wowmom wsc wsdm wsom wspm wsss www 3dimpvt acssc iwcmc softmatter nsr "
    # journals and archives
    "aij acmcs acta aej artif biorxiv medrxiv chemrxiv techrxiv cacm cell cgf csur cviu cag dami dsp ejor entropy esa eswa eaai fnt information"
    " inffus information-fusion ijcv ijar ijhcs ijon ijrr ijprai inf ins jair jacs jacm jamia jbhi jbi jcgt jcim jcp jcst jei jmlr "
    "jfr jmiv jmlc jnca joss josa jsa jstars jstsp kais kbs knosys lncs media mia mir mlj mtap nar natmi nc neco neucom neurocomputing"
    " neuroimage nature nejm nn njp npj openreview ojsp ojcas patterns peerj plos pmlr pnas pr prl pvldb puc "
    "ral ra-l rse ras scis sensors science spic spl speechcom speech ssrn sosr taslp taffc tacl tac taes tai talg tallip tap tase tbc tbd tbe"
    " tbme tcad tcas tcasvt tcbb tcc tcds tce tches tci tcom tcs tcsi tcss tcsvt tcyb tdsc tec tetc tetci tfs tgcn tgars tgrs thms tiffs tifs tifr "
    "tifs tii tim tip tis tist titb tits tiv tkdd tkde tmc tmi tmlr tmm tnn tnnls tnse tochi tods tog toit tois tom tomccap tomm tompecs tomacs"
    " tops tosem tpami t-pami pami tpds trob t-ro tro tsc tse tsg tsmc tsmcb tsmca tsp tsp tssc tsusc tts tvcg tvc tvlsi tvt tweb twc twireless "
    "tgcn visual-computer vcj jvcir jvci jvcip jiis jetcas jasa jcai jmi cvgip".split()
)  # fmt: skip
_ALSO = frozenset(
    "year ieee acm asia access oral spotlight poster posters highlight workshop workshops ws w best paper award candidate honorable honourable"
    " mention outstanding finalist"
    " student findings finding long short main demo demos track tracks datasets dataset and benchmark benchmarks in of the on to at by from for"
    " preprint preprints"
    " accepted accept appear proc proceedings conference journal symposium international intl annual transactions trans letters magazine under"
    " review submitted submission"
    " technical report tech blog thesis phd dissertation master msc chapter book tutorial tutorials survey extended abstract abstracts early"
    " late breaking results result industry system"
    " companion adjunct papers papers press rejected withdrawn published online release first version latest revised vol volume no issue pp th"
    " st nd rd special"
    " computing transaction north american chapter spring summer fall autumn winter poster-spotlight notable top top-5% top-25% 5% 25% security"
    " 论文 顶会 录用 接收 会议 期刊 年 月 日".split()
)
_JOURNAL_WORDS = frozenset(
    "transactions trans journal letters magazine nature science cell access frontiers review tpami pami ijcv tip tmm tog tvcg tmi tnnls jmlr"
    " tmlr tacl csur tkde tcsvt taslp ral"
    " neurocomputing pattern neural-networks media tmlr tci tits tro taffc tgrs jair ijrr pnas sensors entropy plos scientific computation"
    " annals bulletin proceedings-of-the-ieee".split()
)
_MONTHS = {
    name: number
    for number, names in enumerate(
        ("january jan", "february feb", "march mar", "april apr", "may", "june jun", "july jul", "august aug",
         "september sept sep", "october oct", "november nov", "december dec"), 1)
    for name in names.split()
}  # fmt: skip
_LONG_NAME = re.compile(
    r"^(?:in[:\s]+)?(?:the\s+)?(?:proc(?:eedings|\.)?\s+(?:of\s+)?|\d+(?:st|nd|rd|th)\s+|annual\s+review|(?:ieee(?:/cvf|/acm|/rsj)?"
    r"|acm)\s+(?:[\w&-]+\s+){0,5}?(?:trans\w*|conf\w*|journal|symposium|workshop|access|letters|magazine|multimedia$|computing\s+surveys)"
    r"|(?:annual|international|european|asian|north\s+american)\s+(?:[\w-]+\s+){0,5}?(?:conference|journal|symposium|workshop|congress|joint"
    r"|meeting)|"
    r"neural\s+information\s+processing|neural\s+(?:networks|computation)(?=\s*(?:,|$|[(]|(?:19|20)\d\d))|transactions\s+(?:on|of)\s+"
    r"|journal\s+of\s+|conference\s+on\s+|workshop\s+on\s+|"
    r"advances\s+in\s+neural|lecture\s+notes|nature(?=\s*(?:,|$|[(]|(?:19|20)|communications|methods|medicine|machine|biotechnology|neuroscience"
    r"|human|physics|chemistry|reviews|materials|computational|electronics|energy))|science(?=\s*(?:,|$|[(]|(?:19|20)|advances|robotics"
    r"|translational|immunology|china))|pattern\s+recognition(?:\s+letters)?(?:,|$)|computer\s+(?:vision\s+and\s+pattern|graphics\s+forum)|"
    r"machine\s+learning\s+(?:journal|research)|frontiers\s+in\s|scientific\s+reports|arxiv\s+preprint|medical\s+image\s+analysis(?=\W*(?:\d|$))"
    r"|communications\s+of\s+the|"
    r"springer(?:,|$|\s+\d)|elsevier|(?:cambridge|oxford)\s+university|mit\s+press|foundations\s+and\s+trends|information\s+(?:fusion"
    r"|sciences)(?=\W*(?:\d|$))|knowledge-based|expert\s+systems\s+with|"
    r"artificial\s+intelligence(?:\s+review)?$|communications?\s+(?:biology|chemistry|physics)|plos\s)",
    re.IGNORECASE,
)  # fmt: skip
_YEAR = re.compile(r"(?<!\d)(?:19[5-9]\d|20[0-4]\d)(?!\d)")
_SHORT_YEAR = re.compile(r"(?:['’‘`´]\s*|-)(\d\d)$|^['’‘`´](\d\d)$")
_GLUED = re.compile(r"^([A-Za-z][A-Za-z&/+-]*?)[-_']?((?:19|20)\d\d|\d\d)$")
_WORD_SPLIT = re.compile(r"[\s,;:()\[\]{}（）【】，、|·*_\"“”@#]+|(?<=[a-z])\.(?=\s|$)")
_NUMERIC_DATE = re.compile(
    r"(?<!\d)(?P<y>(?:19|20)\d\d)(?:\s*[-/.年]\s*(?P<m>0?[1-9]|1[0-2])(?:\s*[-/.月]\s*(?P<d>0?[1-9]|[12]\d|3[01])日?|月)?)?(?![\d])"
)
_COMPACT_DATE = re.compile(r"(?<!\d)(20[0-4]\d)(0[1-9]|1[0-2])([0-2]\d|3[01])(?!\d)")
_ARXIV_MARK = re.compile(
    r"arxiv\s*[:.]?\s*(?:preprint)?\s*(?:arxiv)?\s*:?\s*\d{4}\.\d{4,5}(?:v\d+)?(?:\s*\[[\w.-]+\])?|\b\d{4}\.\d{4,5}(?:v\d+)?\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=100_000)
def read_appearance(text: str) -> Appearance | None:
    """The venue and date that the whole text states; None when it says anything else, or nothing.

    `CVPR 2021 Oral` and `(arXiv preprint 2023)` are read; `Towards CVPR quality` is not.
    """
    text = strip_symbols(text).strip(" .,;:|-–—*_·")
    if not text or len(text) > 160:
        return None
    date = find_date(text)
    bare = _ARXIV_MARK.sub(" arXiv ", text)
    bare = _NUMERIC_DATE.sub(" ", _COMPACT_DATE.sub(" ", bare))
    words = [word for part in _WORD_SPLIT.split(bare) if (word := part.strip("-–—.'’‘`/&+~"))]
    known = [word for word in words if _is_venue_word(word)]
    if all(_is_known(word) for word in words) and (known or (date and all(_is_of_date(word) for word in words))):
        return Appearance(_spelled(bare, words) if known else "", date)
    if _LONG_NAME.match(text) and len(text) < 140 and (date or len(words) > 1) and not _reads_on(text):
        return Appearance(_trimmed(bare), date)
    if date and 0 < len(words) <= 3 and _is_acronym(words[0]) and all(_is_acronym(w) or _is_known(w) for w in words):
        return Appearance(_spelled(bare, words), date)
    return None


def find_date(text: str) -> str:
    """The date a text names, as exactly as it does; empty when it names none, or more than one."""
    if match := _COMPACT_DATE.search(text):
        return f"{match[1]}-{match[2]}-{match[3]}" if int(match[3]) else f"{match[1]}-{match[2]}"
    text = _ARXIV_MARK.sub(" ", text)
    found = _NUMERIC_DATE.search(text)
    if found is None:
        return _short_date(text)
    year, month, day = found["y"], found["m"], found["d"]
    if month is None:
        rest = text[: found.start()] + " " + text[found.end() :]
        return _with_month(year, rest)
    return f"{year}-{int(month):02d}" + (f"-{int(day):02d}" if day else "")


def _with_month(year: str, rest: str) -> str:
    words = re.findall(r"[a-z]+|\d+", rest.lower())
    month = next((_MONTHS[word] for word in words if word in _MONTHS), 0)
    if not month:
        return year
    days = [int(word) for word in re.findall(r"(?<!\d)\d{1,2}(?!\d)(?!['’]?\d)", rest) if 1 <= int(word) <= 31]
    return f"{year}-{month:02d}" + (f"-{days[0]:02d}" if len(days) == 1 else "")


def _short_date(text: str) -> str:
    """`CVPR' 19` and `ICLR'23`: a year of two digits counts only behind an apostrophe, or glued to a venue."""
    match = re.search(r"['’‘`´]\s*(\d\d)(?!\d)", text) or re.search(r"\b[A-Z][A-Za-z]{2,}-?(\d\d)(?!\w)", text)
    if match is None or not (match[0][0] in "'’‘`´" or _is_venue_word(match[0])):
        return ""
    year = int(match[1])
    return f"20{year:02d}" if year <= 40 else f"19{year:02d}" if year >= 60 else ""


def _is_known(word: str) -> bool:
    return _is_venue_word(word) or _is_of_date(word) or word.casefold() in _ALSO


def _is_venue_word(word: str) -> bool:
    folded = word.casefold()
    if folded in _VENUES:
        return not word.islower() or len(word) > 3 or folded in {"kdd", "acl"}
    match = _GLUED.match(word)
    parts = re.split(r"[/&-]", match[1] if match else word)
    return bool(parts) and all(len(part) > 1 and part.casefold() in _VENUES for part in parts)


def _is_of_date(word: str) -> bool:
    folded = word.casefold().rstrip(".")
    return folded in _MONTHS or re.fullmatch(r"\d{1,2}(?:st|nd|rd|th)?|['’‘`´]?\d\d", folded) is not None


def _is_acronym(word: str) -> bool:
    match = _GLUED.match(word)
    word = match[1] if match else word
    upper = sum(char.isupper() for char in word)
    return 2 <= len(word) <= 12 and upper * 2 > len(word) and word[0].isupper()


def _spelled(text: str, words: list[str]) -> str:
    """The venue as written, without year, award and brackets: `NeurIPS`, `ACL Findings`, `IEEE Access`."""
    kept = [word for word in words if not (_is_of_date(word) or word.casefold() in _NOISE)]
    kept = [match[1] if (match := _GLUED.match(word)) else _SHORT_YEAR.sub("", word) for word in kept]
    while kept and kept[0].casefold() in {"of", "in", "the", "on", "to", "at", "by", "and", "for"}:
        kept.pop(0)
    while kept and kept[-1].casefold() in {"of", "in", "the", "on", "to", "at", "by", "and", "for"}:
        kept.pop()
    return " ".join(kept) or _trimmed(text)


_NOISE = frozenset(
    "oral spotlight poster posters highlight best paper award candidate honorable honourable mention outstanding finalist student accepted"
    " accept appear submitted submission under"
    " review preprint preprints proc long short notable top top-5% top-25% 5% 25% rejected withdrawn"
    " 论文 录用 接收 年 月 日 papers 顶会 th st nd rd".split()
)


def _trimmed(text: str) -> str:
    text = _YEAR.sub("", re.sub(r"^in[:\s]+", "", text, flags=re.IGNORECASE))
    return " ".join(re.sub(r"\(\s*\)|\[\s*\]", "", text).split()).strip(" .,;:()[]'’-–")


def _reads_on(text: str) -> bool:
    """Whether a text that begins like a journal's name goes on like a title or a sentence."""
    return len(text.split()) > 16 or re.search(r"[?!]|\.\s+[A-Z]\w+\s\w+\s", text) is not None


def is_journal(venue: str) -> bool:
    """Whether a venue's name is that of a journal."""
    words = re.split(r"[\s/-]+", venue.casefold())
    return any(word in _JOURNAL_WORDS for word in words) and not {"conference", "proceedings", "workshop"} & set(words)


def is_preprint(venue: str) -> bool:
    """Whether a venue is an archive of preprints."""
    return (
        re.search(r"\b(?:arxiv|biorxiv|medrxiv|chemrxiv|techrxiv|ssrn|preprints?)\b", venue, re.IGNORECASE) is not None
    )
