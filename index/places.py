"""Which administrative places a text names, and which place lies within which.

A dictionary (`data/places.tsv`) knows provinces, prefecture-level cities, the districts of the large
cities and some streets; a grammar of forms (X街道, X区, X镇 …) recognises the places that no dictionary
knows; a corpus adds the places that its documents are about (`Gazetteer.with_learnt`).

Precision comes first: a place that is read into a text where none stands turns a good answer into a
refusal. So 社区, 全区, 小区 are words, 罗湖口岸 is a facility, and a short name that is also a word of
the language counts only where its neighbours make it a place.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from index.fold import fold

# Ranks of the administrative ladder: 1 is the widest. Below a street (社区, 村) a name is the subject
# of a question rather than its scope.
RANKS = {"province": 1, "city": 2, "district": 3, "county": 3, "street": 4, "town": 4, "community": 5, "village": 5}
SCOPE_RANK = 4

_SUFFIX_KIND = {
    "特别行政区": "province",
    "自治区": "province",
    "自治州": "city",
    "自治县": "county",
    "街道": "street",
    "社区": "community",
    "新区": "district",
    "地区": "city",
    "省": "province",
    "市": "city",
    "盟": "city",
    "区": "district",
    "县": "county",
    "镇": "town",
    "乡": "town",
    "村": "village",
}
_FORM = re.compile(r"街道|社区|新区|自治[州县]|[区县市省镇乡村]")
_NAME_SUFFIX = re.compile("(?:" + "|".join(_SUFFIX_KIND) + ")$")

# Words that end like a place and are none; the last character before the suffix, per suffix.
_NO_NAME_BEFORE = {
    "区": set(
        "全市辖园小片社地城郊山灾老特景校厂库林牧矿战军禁误街学港湖选分专教发工住治护范新业验税风心岸各该本我两三跨域雷盲时险闹央疆苏首设边林海沿跑库集牌居店展内外东西南北"
    ),
    "市": set("全城都本门超股集夜上楼菜辖级各该两利罢闹黑鸟早开应入出退救黄"),
    "省": set("全各节反外本该跨两邻俭内我三"),
    "县": set("全各该本两知困区强州郡属外"),
    "镇": set("城乡村全市重小坐冰古集各该本名军藩名"),
    "乡": set("城家故下老同全水返思他梦本各还离原异"),
    "村": set("农乡全新中山渔政然球假运各该本小古驻进入自"),
}
_NO_PLACE_AFTER = {
    "区": ("域", "间", "别", "块", "分", "划", "位", "号", "级", "内", "外"),
    "市": ("场", "值", "容", "面", "井", "级", "盈", "民", "集", "政"),
    "省": ("略", "级", "份", "力", "钱", "得"),
    "县": ("级", "域"),
    "镇": ("压", "静", "定", "痛", "区"),
    "乡": ("村", "镇", "亲", "愁", "土"),
    "村": ("民", "庄", "镇"),
}
# A name cannot contain these; walking left from a suffix they end it.
_STOP = set(
    "的在和与及或是了把被将从到至对向比为给由于以各全本该此这那每某哪几个等请问查找说有也都还就并让使着过之其而但"
)
# Words before a name, or in the place of one, that are no part of it.
_NO_NAME = frozenset(
    "比较 介绍 告诉 列出 总结 查询 关于 根据 按照 推动 推进 支持 指导 组织 联合 协同 带动 发动 依托 通过 围绕 抓好 打造 "
    "建设 纳入 联动 动员 督促 配合 协助 部分 所有 多个 相关 有关 商业 主要 城市 繁华 热闹 狭窄 宽阔 整洁 美丽 干净 老旧 "
    "辖区 我们 你们 他们 步行 特色 创建 下沉 优秀 先进 示范 试点 智慧 幸福 和谐 文明 平安 友好 宜居 生活 基层 重点 核心 "
    "中心 周边 附近 其他 其它 上述 以上 以下 历史 文化 旅游 风景 保护 开发 工业 产业 高新 经济 技术 自由 贸易 保税 物流 "
    "住宅 居民 行政 自然 城中 度假 奥运 少数 民族 民国 地级 县级 副省 直辖 省辖 计划 贫困 百强 特大 超大 大型 中型 小型 "
    "沿海 内陆 著名 最大 国家 国际 中国 我国 深入 进入 走进 来到 位于 地处 前往 属于 隶属 所在 成为 称为 改为 撤销 设立 "
    "成立 包括 管辖 下辖 划归 归属 东部 西部 南部 北部 中部 东北 西北 东南 西南 整个 许多 不少 一些 大量 任何 另外 "
    "原来 当地 本地 外地 各地 街道 社区 农村 乡村 新型 现代 古代 传统 综合 功能 安全 示范 首个 唯一 第一 第二 第三 "
    "开展 完工 贯彻 落实 聚焦 搭建 明确 众多 美食 加强 提升 完善 推行 实施 强化 深化 促进 加快 实现 服务 引导 鼓励 确保 保障 解决 "
    "创新 探索 建立 健全 构建 形成 提高 优化 举办 召开 参加 参与 负责 获评 荣获 来自 集聚 统筹 做好 做实 抓实 整治 改造 打破 分钟 "
    "时代 新时 红灯 军事 特别 普通 公共 休闲 活动 教学 办公 生产 消费 夜间 候选 选举 危险 网络 热点 缓冲 占领 殖民 "
    "租借 控制 管制 禁飞 繁忙 闹市 市中".split()
)
# What follows a bare name and makes it a part of another name: 罗湖口岸, 东门步行街, 深圳大学.
_FACILITY = re.compile(
    "大学|学院|中学|小学|学校|幼儿园|医院|银行|公司|集团|大道|大厦|大酒店|酒店|广场|公园|植物园|花园|口岸|火车站|地铁|车站|机场|"
    "步行街|商圈|商场|商城|商业城|市场|片区|园区|工业区|工业园|产业园|社区|小区|街区|铁路|高铁|海关|大桥|隧道|码头|水库|书城|"
    "博物馆|图书馆|体育馆|体育场|剧院|日报|晚报|晚报|商报|小姐|条约|会议|战役|事变|起义|同盟|俱乐部|电视台|电台|队|人民南|烤鸭|"
    "路|街|巷|站|港|河|湖|山|江|海|湾|桥|寺|庙|宫|塔|岛|话|菜|酒|茶|腔|剧|戏|派|籍|侧|岸|麓|坡|门|村|镇|乡|县|城隍"
)
_GAP_END = set("的有几多哪是在将要建设办推引招打成新开改治管获被对和与、，,。？?")
_SAFE_BEFORE = set("在和与及比较同对于为到从由问以跟而年的是")
_SAFE_AFTER = re.compile(
    "的|有|是|和|与|及|跟|呢|在|去年|今年|前年|明年|上半年|下半年|本年|近|将|要|计划|怎|如何|为什么|什么|哪|引进|街道|这|还|也|都|"
    "一共|共|总|每|相比|比|同|全年|当年|二[〇零○]|后"
)


@dataclass(frozen=True, slots=True)
class PlaceMention:
    """A place that `text[start:end]` names. `bare` is true for a short form (莲塘 for 莲塘街道)."""

    start: int
    end: int
    name: str
    full_name: str
    kind: str
    bare: bool = False


class _Form(NamedTuple):
    """One way to write a place: its full name, and whether its neighbours must vouch for it."""

    full_name: str
    bare: bool
    guarded: bool


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """The places that are known: what they are called, what they are, and where they lie."""

    kinds: Mapping[str, str]
    parent_names: Mapping[str, tuple[str, ...]]
    forms: Mapping[str, tuple[_Form, ...]]
    by_head: Mapping[str, tuple[str, ...]]  # first two characters → forms, longest first
    learnt: frozenset[str] = frozenset()

    def with_learnt(self, names: Mapping[str, str | None]) -> Gazetteer:
        """This gazetteer and the places that a corpus is about, each with its parent or None.

        A learnt parent replaces the dictionary's: in a corpus from 嘉兴, 南湖街道 is not in 罗湖区.
        """
        folded = {fold(name): fold(parent) if parent else None for name, parent in names.items()}
        places = [
            (name, kind, parent, bare_name(name))
            for name, parent in folded.items()
            if (kind := kind_of(name)) and RANKS[kind] <= SCOPE_RANK
        ]
        kinds, parents, forms = dict(self.kinds), dict(self.parent_names), dict(self.forms)
        for name, kind, parent, bare in places:
            kinds.setdefault(name, kind)
            if parent:
                parents[name] = (parent,)
            elif name not in parents:
                parents[name] = ()
            forms[name] = (_Form(name, False, False),)
            if len(bare) >= 2 and bare not in _COMMON_NAMES:
                others = tuple(form for form in forms.get(bare, ()) if form.full_name != name)
                forms[bare] = (_Form(name, True, False), *others)
        return _gazetteer(kinds, parents, forms, self.learnt | {name for name, *_ in places})

    def find(self, text: str) -> list[PlaceMention]:
        """The places that `text` names, in order, not overlapping. Offsets are into `text`."""
        folded = fold(text)
        known = self._known(folded)
        return _resolved(_with_forms(folded, known), self)

    def canonical(self, name: str) -> str:
        """The full name of a place: 莲塘 → 莲塘街道. A name that is not known stays as it is."""
        name = fold(name)
        found = self.forms.get(name)
        return found[0].full_name if found else name

    def kind(self, name: str) -> str | None:
        """What the place is: province, city, district, county, street, town …; None if unknown."""
        return self.kinds.get(name) or kind_of(name)

    def rank(self, name: str) -> int:
        """1 for a province … 4 for a street or town, 5 below; 9 where the name does not tell."""
        return RANKS.get(self.kind(name) or "", 9)

    def parents(self, name: str) -> tuple[str, ...]:
        """The places around a place, the nearest first; empty where they are unknown or not certain.

        A name qualified by its parent (嘉兴市南湖街道) lies in what it is qualified by.
        """
        around: list[str] = []
        name = self.canonical(name)
        while name not in around:
            candidates = self.parent_names.get(name) or _qualifier(name)
            if len(candidates) != 1:
                break
            name = candidates[0]
            around.append(name)
        return tuple(around)

    def is_within(self, child: str, parent: str) -> bool:
        """Whether `child` is `parent` or lies in it, as far as is known."""
        child, parent = self.canonical(child), self.canonical(parent)
        return child == parent or parent in self.parents(child)

    def may_be_within(self, child: str, parent: str) -> bool:
        """Whether nothing known speaks against `child` lying in `parent`.

        A place whose parents are not known may lie in any place of a wider rank.
        """
        if self.is_within(child, parent):
            return True
        known = self.parents(child)
        if any(self.rank(place) <= self.rank(parent) for place in known):
            return False
        if parent in self._possible_parents(child):
            return True
        return not self.parent_names.get(child) and self.rank(parent) < self.rank(child)

    def _possible_parents(self, name: str) -> set[str]:
        found: set[str] = set()
        waiting = list(self.parent_names.get(name, ()))
        while waiting:
            place = waiting.pop()
            if place not in found:
                found.add(place)
                waiting.extend(self.parent_names.get(place, ()))
        return found

    def _known(self, folded: str) -> list[PlaceMention]:
        """Mentions of known forms, leftmost and longest first."""
        found: list[PlaceMention] = []
        by_head, at, end = self.by_head, 0, len(folded) - 1
        while at < end:
            candidates = by_head.get(folded[at : at + 2])
            if candidates is None:
                at += 1
                continue
            mention = self._known_at(folded, at, candidates, found[-1].end if found else 0)
            if mention is None:
                at += 1
                continue
            found.append(mention)
            at = mention.end
        return found

    def _known_at(self, folded: str, at: int, candidates: Sequence[str], done: int) -> PlaceMention | None:
        for written in candidates:
            if not folded.startswith(written, at):
                continue
            end = at + len(written)
            for form in self.forms[written]:
                if not form.bare and _cut_by_word(folded, end, written):
                    continue
                if form.bare and not _stands_alone(folded, at, end, form.guarded, done == at and at > 0):
                    continue
                return PlaceMention(
                    at, end, written, form.full_name, self.kinds.get(form.full_name, "street"), form.bare
                )
        return None


# Names of streets and districts that are words of the language: never learnt as a bare name.
_COMMON_NAMES = frozenset(
    "光明 招商 和平 新华 解放 建设 胜利 人民 中山 民主 团结 幸福 文化 红旗 长安 中心 城东 城西 城南 城北 城中 东方 朝阳 太平 永安 "
    "安定 民治 桃源 大鹏 新安 新城 城关 河东 河西 河北 江南 江北 江东 市中 市南 市北 海山 凤凰 高新 经济 开发 中央 平安 光荣 友谊 "
    "前进 工农 站前 中华 东风 向阳 跃进 劳动 科技 大学 学院 火车站 南城 北城 东城 西城 中原 二道 天桥 铁西 矿区 郊区 城区 沙河 "
    "南山 青山 西山 东湖 西湖 北湖 莲花 白云 天山 黄海 渤海 桥西 桥东 新市 滨江 滨海 滨湖 西乡 梅林 古城 老城 新建 "
    "复兴 振兴 兴华 建国 爱国 工业 商业 华侨 公园 广场".split()
)


def find_places(text: str, gazetteer: Gazetteer | None = None) -> list[PlaceMention]:
    """The administrative places that `text` names, by the dictionary and the grammar of forms.

    >>> [mention.full_name for mention in find_places("比较福田区园岭街道和黄贝街道")]
    ['福田区', '园岭街道', '黄贝街道']
    """
    return (gazetteer or dictionary()).find(text)


@cache
def dictionary() -> Gazetteer:
    """The gazetteer of the dictionary alone, as it is shipped."""
    kinds: dict[str, str] = {}
    parents: dict[str, tuple[str, ...]] = {}
    forms: dict[str, tuple[_Form, ...]] = {}
    for line in files("index").joinpath("data/places.tsv").read_text("utf-8").splitlines():
        if line.startswith("#") or not line:
            continue
        name, kind, parent, aliases = line.split("\t")
        kinds.setdefault(name, kind)
        parents[name] = (*parents.get(name, ()), parent) if parent else parents.get(name, ())
        forms[name] = (_Form(name, False, False),)
        for alias in filter(None, aliases.split(";")):
            form = _Form(name, True, alias.startswith("?"))
            written = alias.lstrip("?")
            if form not in forms.get(written, ()):
                forms[written] = (*forms.get(written, ()), form)
    return _gazetteer(kinds, parents, forms, frozenset())


def kind_of(name: str) -> str | None:
    """What a full name says it is: 清源街道 → street; None where it has no suffix of a place."""
    found = _NAME_SUFFIX.search(name)
    return _SUFFIX_KIND[found.group()] if found and found.start() else None


def bare_name(name: str) -> str:
    """A full name without its suffix: 莲塘街道 → 莲塘."""
    return _NAME_SUFFIX.sub("", name)


def learn_places(pages: Iterable[tuple[str | None, str]], gazetteer: Gazetteer) -> dict[str, str | None]:
    """What a corpus teaches: the places that its pages are about, each with its parent or None.

    `pages` are (place of the document, its text). The parent is the place that most often stands
    directly before the name (福田区园岭街道), else the dictionary's.
    """
    names: set[str] = set()
    before: dict[str, Counter[str]] = {}
    for place, text in pages:
        if place:
            names.add(place)
        mentions = gazetteer.find(text)
        for wide, narrow in zip(mentions, mentions[1:], strict=False):
            if wide.end == narrow.start and RANKS[wide.kind] < RANKS[narrow.kind]:
                before.setdefault(narrow.full_name, Counter())[wide.full_name] += 1
    learnt: dict[str, str | None] = {}
    for name in sorted(names):
        around = gazetteer.parents(name)
        counts = before.get(name)
        learnt[name] = counts.most_common(1)[0][0] if counts else (around[0] if around else None)
    return learnt


def _gazetteer(
    kinds: dict[str, str],
    parents: dict[str, tuple[str, ...]],
    forms: dict[str, tuple[_Form, ...]],
    learnt: frozenset[str],
) -> Gazetteer:
    by_head: dict[str, list[str]] = {}
    for written in forms:
        by_head.setdefault(written[:2], []).append(written)
    ordered = {head: tuple(sorted(written, key=len, reverse=True)) for head, written in by_head.items()}
    return Gazetteer(kinds, parents, forms, ordered, learnt)


def _is_han(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff"


def _cut_by_word(folded: str, end: int, written: str) -> bool:
    """Whether the suffix of a full name belongs to the word after it: 深圳市|场."""
    return folded.startswith(_NO_PLACE_AFTER.get(written[-1], ()), end) and not folded.startswith("市容", end - 1)


def _stands_alone(folded: str, start: int, end: int, guarded: bool, after_place: bool) -> bool:
    """Whether a bare name means the place and is not part of another name."""
    after = folded[end : end + 6]
    if _form_follows(after) or _facility_follows(after):
        return False
    if not guarded:
        return True
    before = folded[start - 1] if start else ""
    safe_before = after_place or not _is_han(before or " ") or before in _SAFE_BEFORE
    safe_after = not after or not _is_han(after[0]) or _SAFE_AFTER.match(after) is not None
    return safe_before and safe_after


def _form_follows(after: str) -> bool:
    """Whether a suffix follows within one character, so that the name goes on: 南山|湖街道."""
    found = _FORM.match(after) or _FORM.match(after, 1)
    if found is None:
        return False
    if found.start() == 1 and found.group() in _NO_NAME_BEFORE:
        return after[0] not in _NO_NAME_BEFORE[found.group()]
    return True


def _facility_follows(after: str) -> bool:
    for gap in range(min(4, len(after))):
        found = _FACILITY.match(after, gap)
        if found and (gap == 0 or len(found.group()) > 1):
            return True
        if after[gap] in _GAP_END or not _is_han(after[gap]):
            return False
    return False


def _with_forms(folded: str, known: list[PlaceMention]) -> list[PlaceMention]:
    """The known mentions and those that only the grammar sees, in order."""
    found: list[PlaceMention] = []
    following = 0
    for suffix in _FORM.finditer(folded):
        while following < len(known) and known[following].end <= suffix.start():
            found.append(known[following])
            following += 1
        if following < len(known) and known[following].start < suffix.end():
            continue
        mention = _by_form(folded, suffix.start(), suffix.group(), found[-1].end if found else 0)
        if mention is not None:
            found.append(mention)
    return found + known[following:]


def _by_form(folded: str, at: int, suffix: str, floor: int) -> PlaceMention | None:
    """The unknown place whose suffix stands at `at`, or None."""
    end = at + len(suffix)
    if folded.startswith(_NO_PLACE_AFTER.get(suffix, ()), end):
        return None
    start = at
    while start > max(floor, at - 6) and _is_han(folded[start - 1]) and folded[start - 1] not in _STOP:
        start -= 1
    stripped = start
    while folded[stripped : stripped + 2] in _NO_NAME and stripped < at:
        stripped += 2
    if len(suffix) == 1 and start == stripped and not _bounded(folded, start, floor):
        return None
    start = stripped
    length = at - start
    if (
        not 2 <= length <= 3
        or folded[start] in "区市省县镇乡村"
        or folded[at - 2 : at] in _NO_NAME
        or folded[at - 1] in _NO_NAME_BEFORE.get(suffix, ())
    ):
        return None
    name = folded[start:end]
    return PlaceMention(start, end, name, name, _SUFFIX_KIND[suffix])


def _bounded(folded: str, start: int, floor: int) -> bool:
    """Whether a name can begin at `start`: at an edge, behind a place, or behind a word that introduces one."""
    if start in (0, floor):
        return True
    before = folded[start - 1]
    return before in _SAFE_BEFORE or not (_is_han(before) or before.isdigit())


def _qualifier(name: str) -> tuple[str, ...]:
    """What a qualified name is qualified by: 嘉兴市南湖街道 → (嘉兴市,)."""
    for found in _FORM.finditer(name):
        if 2 <= found.start() and found.end() <= len(name) - 3:
            return (name[: found.end()],)
    return ()


def _resolved(mentions: list[PlaceMention], gazetteer: Gazetteer) -> list[PlaceMention]:
    """Qualify a name by the place directly before it where the two do not belong together.

    嘉兴市南湖街道 is not the 南湖街道 of a corpus from 罗湖区.
    """
    resolved: list[PlaceMention] = []
    for mention in mentions:
        wide = resolved[-1] if resolved else None
        if wide is not None and wide.end == mention.start and RANKS[wide.kind] < RANKS[mention.kind]:
            full_name = _within(mention, wide, gazetteer)
            mention = PlaceMention(mention.start, mention.end, mention.name, full_name, mention.kind, mention.bare)
        resolved.append(mention)
    return resolved


def _within(mention: PlaceMention, wide: PlaceMention, gazetteer: Gazetteer) -> str:
    """The full name of `mention` directly behind `wide`: of several places of one name, the one that lies there."""
    for form in gazetteer.forms.get(mention.name, ()):
        if gazetteer.may_be_within(form.full_name, wide.full_name):
            return form.full_name
    if mention.name not in gazetteer.forms:
        return mention.full_name
    return wide.full_name + mention.full_name
