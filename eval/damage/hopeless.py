"""Pages that nobody can read: bytes lost for good, or advertising from end to end."""

from __future__ import annotations

import random as randomness
from collections.abc import Callable

from eval.damage import Damaged

_CITIES = (
    "北京 上海 广州 深圳 杭州 成都 武汉 西安 南京 苏州 重庆 天津 郑州 长沙 东莞 佛山 惠州 罗湖 福田 南山 宝安 龙岗"
).split()
_TRADES = (
    "搬家 开锁 疏通下水道 空调维修 装修 保洁 网站建设 二手车回收 注册公司 塑料托盘 不锈钢管 叉车租赁 彩印包装 监控安装"
).split()
_TAILS = "哪家好 多少钱 价格 电话 附近 排名 公司 报价 推荐 上门 哪里有 怎么样 厂家 批发 收费标准 联系方式".split()
_BRANDS = "金鼎 皇冠 亚美 星河 凯旋 宝盈 万利 天博 龙腾 恒彩 鸿运 大发 东森 永胜 欧亿 盛世".split()
_GAMES = "百家乐 龙虎 轮盘 老虎机 捕鱼 棋牌 足球竞猜 电子竞技 快三 分分彩 六合彩 德州扑克".split()
_OFFERS = (
    "新会员注册送{n}元彩金",
    "首存{n}送{n}，天天返水",
    "{game}赔率全网最高，提款秒到",
    "{brand}娱乐官网入口，{game}等你来战",
    "点击下载{brand}app，领取{n}元体验金",
    "{brand}备用网址长期有效，请收藏",
    "导师一对一带单，{game}稳赚不赔",
    "{brand}平台信誉保证，{game}玩法齐全，24小时客服在线",
    "手机版登录{brand}，真人荷官在线发牌",
    "加微信{n}888进群，每日免费计划",
)
_BLACK = (
    "代开{city}各类发票，真实可查，验证后付款，电话1380013{n}",
    "办理各种证件，毕业证、驾驶证，先办后付，{city}同城送达",
    "无抵押贷款，黑户可做，当天放款，加微信咨询",
    "信用卡套现、代还，{city}上门服务，秒到账",
    "论文代写代发，包过，价格优惠，QQ{n}666",
    "{city}美女上门服务，同城约会，24小时电话预约",
    "专业刷单刷赞刷粉丝，日赚{n}元，轻松兼职",
    "传奇私服发布网，今日新服，上线送{n}元，点击下载",
)


def damage(body: str, random: randomness.Random) -> Damaged:
    """One of `WAYS`, at random."""
    return WAYS[random.choice(sorted(WAYS))](body, random)


def twice_replaced(body: str, random: randomness.Random) -> Damaged:
    """GBK read as UTF-8 with replacement marks, saved, and read as GBK: 锟斤拷."""
    text = body.encode("gb18030").decode("utf-8", "replace").encode("utf-8").decode("gb18030", "replace")
    return Damaged(text.encode("utf-8"), "")


def replaced(body: str, random: randomness.Random) -> Damaged:
    """GBK read as UTF-8 with replacement marks."""
    return Damaged(body.encode("gb18030").decode("utf-8", "replace").encode("utf-8"), "")


def questioned(body: str, random: randomness.Random) -> Damaged:
    """Saved in a charset that has no hanzi: question marks."""
    return Damaged(body.encode("ascii", "replace"), "")


def gambling(body: str, random: randomness.Random) -> Damaged:
    """A betting page."""
    brand = random.choice(_BRANDS)
    lines = [
        random.choice(_OFFERS).format(brand=brand, game=random.choice(_GAMES), n=random.choice((18, 38, 58, 88, 100)))
        for _ in range(random.randint(6, 40))
    ]
    return _page(lines, random)


def salad(body: str, random: randomness.Random) -> Damaged:
    """Search words for a trade, strung together town by town."""
    trade = random.choice(_TRADES)
    words = [random.choice(_CITIES) + trade + random.choice(_TAILS) for _ in range(random.randint(30, 200))]
    size = random.choice((1, 5, 10, 40))
    separator = random.choice((" ", ",", "、", "|", "_", "，"))
    return _page([separator.join(words[at : at + size]) for at in range(0, len(words), size)], random)


def black_market(body: str, random: randomness.Random) -> Damaged:
    """Invoices, papers, loans and worse."""
    lines = [
        random.choice(_BLACK).format(city=random.choice(_CITIES), n=random.randint(1000, 9999))
        for _ in range(random.randint(5, 30))
    ]
    return _page(lines, random)


def doorway(body: str, random: randomness.Random) -> Damaged:
    """A page that only leads on to another."""
    brand = random.choice(_BRANDS)
    lines = [
        f"{brand}{random.choice(('娱乐', '体育', '棋牌', '影院'))}官方入口",
        "正在跳转，请稍候，如果没有自动跳转请点击进入",
        f"最新网址：www.{random.randint(1000, 99999)}.com",
        "请收藏本站，永久网址不迷路",
        *(
            f"{brand}{random.choice(('app下载', '官网登录', '手机版下载', '注册入口', '最新网址'))}"
            for _ in range(random.randint(3, 12))
        ),
    ]
    return Damaged("\n".join(lines).encode("utf-8"), "")


def _page(lines: list[str], random: randomness.Random) -> Damaged:
    separator = random.choice(("\n", "\n", "。", " "))
    return Damaged(separator.join(lines).encode(random.choice(("utf-8", "gb18030"))), "")


WAYS: dict[str, Callable[[str, randomness.Random], Damaged]] = {
    "锟斤拷": twice_replaced,
    "替换符": replaced,
    "问号": questioned,
    "博彩": gambling,
    "关键词堆砌": salad,
    "黑产广告": black_market,
    "跳转页": doorway,
}
