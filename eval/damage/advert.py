"""Put advertising into the sentences of a page, as hacked and scraped sites have it."""

from __future__ import annotations

from random import Random

from eval.damage import Damaged

SYLLABLES = (
    "阿巴贝博达德迪恩尔菲夫戈格哈赫霍吉加卡凯科克拉莱兰勒利林卢罗"
    "洛马曼米莫姆纳尼诺帕皮奇乔瑞萨森沙斯塔泰特托瓦威维沃西希亚扬伊尤约泽扎"
)
LUCKY = "金银宝鑫永利盛豪皇冠凤凰龙虎天大汇通恒星辉彩旺发富贵盈丰"
LETTERS = (
    "ka",
    "bo",
    "wi",
    "le",
    "be",
    "ma",
    "xi",
    "yo",
    "zu",
    "ty",
    "na",
    "do",
    "ra",
    "go",
    "hu",
    "pe",
    "vi",
    "su",
    "ly",
    "ck",
)
TRADES = (
    "体育投注",
    "娱乐城",
    "真人百家乐",
    "棋牌官网",
    "彩票平台",
    "电竞竞猜",
    "老虎机app",
    "赌场官方网站",
    "电子游戏平台",
    "国际娱乐官网",
    "体育app下载",
    "网投平台注册",
    "手机版登录入口",
    "官方网站入口",
    "线上博彩",
    "彩票投注网",
)
SERVICES = (
    "急用钱无抵押贷款秒到账",
    "专业代开各类发票加微信",
    "增高药官网正品包邮",
    "代孕包成功套餐价格",
    "传奇私服一刀满级",
    "王者代练上分平台",
    "高仿手表一比一复刻批发",
    "白癜风祖传秘方根治",
    "信用卡套现当天到账",
    "论文代写包过",
    "减肥药哪里买货到付款",
    "手机在家兼职日赚三百",
    "本地上门服务加微信",
    "网贷口子不看征信下款快",
)
ENGLISH = (
    "best online casino bonus",
    "buy cheap viagra online",
    "payday loans no credit check",
    "cheap replica watches for sale",
    "wow gold boost fast delivery",
    "online pharmacy no prescription",
    "free spins no deposit",
    "sports betting tips today",
)
PLACES = ("", "", "", "澳门", "英国", "菲律宾", "亚洲", "中国", "欧洲", "国际")


def damage(body: str, random: Random) -> Damaged:
    """Put one to four advertisements into `body`, one a line at most; a page repeats some of them."""
    lines = body.split("\n")
    fitting = [number for number, line in enumerate(lines) if len(line) >= 12]
    chosen = sorted(random.sample(fitting, min(len(fitting), random.randint(1, 4))))
    own = advertisement(random)
    runs = []
    length = 0
    for number, line in enumerate(lines):
        if number in chosen:
            text = own if random.random() < 0.3 else advertisement(random)
            at = _place(line, random)
            lines[number] = line[:at] + text + line[at:]
            runs.append((length + at, length + at + len(text)))
        length += len(lines[number]) + 1
    return Damaged("\n".join(lines).encode("utf-8"), body, tuple(runs))


def advertisement(random: Random) -> str:
    """The text of one advertisement; names are made of syllables, so that no list can know them."""
    form = random.random()
    if form < 0.3:
        text = _latin(random) + random.choice(PLACES) + _sounding(random)
    elif form < 0.6:
        text = random.choice(PLACES) + random.choice((_sounding, _lucky))(random) + random.choice(TRADES)
    elif form < 0.75:
        text = _latin(random) + random.choice(TRADES)
    elif form < 0.9:
        text = random.choice(SERVICES)
    else:
        text = random.choice(ENGLISH)
    return text * 2 if random.random() < 0.15 else text


def _latin(random: Random) -> str:
    name = "".join(random.choices(LETTERS, k=random.randint(2, 4)))
    return name + (str(random.choice((18, 88, 188, 365, 365, 777, 8))) if random.random() < 0.5 else "")


def _sounding(random: Random) -> str:
    return "".join(random.choices(SYLLABLES, k=random.randint(3, 5)))


def _lucky(random: Random) -> str:
    return "".join(random.sample(LUCKY, k=random.randint(2, 3)))


def _place(line: str, random: Random) -> int:
    """Where an advertisement goes: before the line mostly, after a mark, before one, or between two characters."""
    form = random.random()
    marks = [at for at, character in enumerate(line) if character in "，。；,;！!"]
    if form < 0.5 or not marks:
        return 0
    if form < 0.7:
        return random.choice(marks) + 1
    if form < 0.85:
        return random.choice(marks)
    return random.randint(4, len(line) - 4)
