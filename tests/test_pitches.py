"""Pitches in plain Chinese are cut out of a page; what speaks about the same trades stays."""

from __future__ import annotations

from random import Random

import pytest

from index.advert import cut_adverts
from index.fold import fold
from index.offsets import apply
from index.pitches import find_pitches

BODY = "深入推进老旧小区改造，全年完成改造项目12个，惠及居民3200户。"
NEXT = "街道党工委组织志愿者走访独居老人，解决就医、买菜等实际困难。"
PITCHES = (
    "金沙棋牌全新上线送豪礼",
    "天天乐彩票稳赚不赔",
    "福满堂六合彩内部资料免费公开",
    "鼎盛国际棋牌赢钱提现秒到",
    "白小姐一肖一码期期准",
    "深夜成人福利视频在线观看",
    "高清无码影片免费下载",
    "国产自拍偷拍视频合集",
    "易借宝极速贷款秒到账",
    "祖传老中医专治牛皮癣",
    "代开增值税发票验证后付款",
    "职称论文代发包发表",
    "微信刷单兼职每单二十元",
    "股票内参牛股推荐群免费进",
    "强效迷药货到付款",
    "传奇手游无限元宝版下载",
)
# Each speaks about what pitches sell: lotteries and their funds, loans, remedies, games, and campaigns against fraud.
HONEST = (
    "全区累计投入体彩公益金1200万元，建成社区健身点86处。",
    "体育彩票销售网点应当在醒目位置张贴理性购彩的提示。",
    "市福利彩票发行中心公布了本年度公益金的使用情况。",
    "彩票管理中心发布通知，春节期间休市十天，开奖顺延。",
    "福利彩票公益金资助的老年食堂已经开到第三家。",
    "街道整治无证棋牌室12家，没收麻将机30台。",
    "社区棋牌室每天下午两点开放，老人可以免费下棋打牌。",
    "居民反映楼下棋牌室噪声扰民，社区已约谈经营者。",
    "农商银行推出小额信用贷款，个体工商户最高可贷30万元。",
    "创业担保贷款额度提高到50万元，由财政全额贴息。",
    "大学生生源地助学贷款每年申请一次，在校期间利息由财政承担。",
    "小微企业无抵押贷款余额达到3.2亿元，同比增长18%。",
    "公积金贷款首套房利率下调0.25个百分点。",
    "不要相信所谓无需征信、秒到账的网贷广告，谨防诈骗。",
    "民警提醒：凡是刷单返利都是诈骗，兼职日赚三百的信息不要信。",
    "反赌宣传进校园：网络赌博十赌九输，请远离百家乐、老虎机。",
    "警方捣毁一个开设赌场的团伙，缴获老虎机20台、赌资8万元。",
    "法院判决被告人开设赌场罪成立，判处有期徒刑三年。",
    "专项行动查处代开发票团伙3个，涉案金额2亿元。",
    "网信办清理色情低俗直播间40个，封停账号300个。",
    "社区举办反诈讲座，讲解裸聊敲诈和杀猪盘的套路。",
    "医院开设减肥门诊，由营养师一对一制定食谱。",
    "卫健局取缔非法医美机构，没收减肥药200盒。",
    "中医馆的医生说，牛皮癣难以根治，不要信祖传秘方。",
    "市场监管局查获假冒名牌手表和高仿包包500件。",
    "烟草专卖局查获走私香烟1200条。",
    "电竞产业园签约企业15家，其中游戏开发企业9家。",
    "全市青少年电子竞技大赛在体育中心举行，32支队伍参加。",
    "游戏公司发布未成年人防沉迷系统，限制充值金额。",
    "老年大学开设手机直播班，教居民下载安装app。",
    "市民可以登录政务服务网站注册账号，在线提交申请。",
    "房产中介推荐的房源真实有效，看房请提前预约。",
    "搬家公司收费不透明，消委会提醒先签合同再付款。",
    "医院的无痛胃镜检查需要预约，费用由医保报销一半。",
    "妇幼保健院开展人流术后关爱服务，咨询电话见公告。",
    "证监局提醒投资者远离场外配资和非法荐股群。",
    "期货交易所调整保证金比例，杠杆随之下降。",
    "银行信用卡还款日为每月25日，逾期将影响征信。",
    "消费者可在银行柜台办理信用卡提额申请。",
    "学校禁止论文代写，查实后取消学位。",
    "毕业证书遗失的，可以向学校申请办理学历证明书。",
    "刻章店须持公安机关许可证经营，并登记来人身份。",
    "办理居住证需要携带身份证和租房合同。",
    "社区招聘兼职网格员，工资按月结算。",
    "人才市场提供日结零工服务，当天工资当天发放。",
    "金沙社区党群服务中心全年开展活动120场。",
    "永利村修通了最后一段通村公路，村民出行方便了。",
    "皇冠大厦的消防通道被占用，物业已清理。",
    "凤凰街道推进老旧小区加装电梯，完成46台。",
    "大发村的村民合作社种植柑橘800亩。",
    "澳门特别行政区政府旅游局与本市签署合作协议。",
    "真人图书馆活动邀请十位老居民讲故事。",
    "轮盘式烟气换热器是锅炉的节能设备。",
    "捕鱼的渔民按规定在休渔期上岸。",
    "快三年了，这条路终于修好了。",
    "六合区的彩票站点被评为文明网点。",
    "投注站站长捐出中奖提成资助贫困学生。",
    "世界杯期间酒吧营业延长，警方严查赌球。",
    "代孕在我国是违法行为，法律不予保护。",
    "二手车市场的抵押车交易存在风险，买家要查清登记。",
    "市民政局利用体彩公益金为困难学生发放助学金。",
    "交警部门查处驾驶证买分卖分行为，12人被处罚。",
    "民间借贷纠纷案件下降20%，法院加强诉前调解。",
    "痛风患者应少吃海鲜，近视的学生要多到户外活动。",
    "家长应当关注孩子的近视防控和鼻炎治疗。",
    "成人教育学院招收本科学历学生，学制三年。",
    "文化馆举办成人摄影班，展出写真图片作品。",
    "数字货币试点在罗湖区展开，商户达到2000家。",
    "抵押车辆解除手续可在车管所快速办理。",
    "银行推出车贷免息活动，分期付款最长三年。",
    "商场推出手机五折优惠，市民排队抢购。",
    "社区影院放映高清修复版老电影，免费观看。",
    "景区门票半价，线上购票在线支付，扫码入园。",
    "游戏装备交易纠纷增多，法院发布典型案例。",
    "中药膏药贴敷服务进社区，老人免费体验。",
    "小微企业可凭身份证和营业执照申请贷款，随借随还。",
    "粉丝米线店开进步行街，开业首日全场半价。",
    "黄金首饰以旧换新，商家免收加工费。",
    "招聘会提供岗位800个，其中无需经验的岗位120个。",
    "茶叶批发市场迁址，一手货源直接来自产地。",
    "烟酒专卖店悬挂禁止向未成年人出售标志。",
)


def cut(text: str) -> str:
    return apply(text, cut_adverts(text))[0]


@pytest.mark.parametrize("pitch", PITCHES)
def test_a_pitch_goes_wherever_clauses_begin(pitch: str) -> None:
    assert cut(f"{pitch}{BODY}\n{NEXT}") == f"{BODY}\n{NEXT}"
    assert cut(f"{BODY}\n{NEXT}{pitch}") == f"{BODY}\n{NEXT}"
    comma = BODY.index("，") + 1
    assert cut(BODY[:comma] + pitch + BODY[comma:]) == BODY


@pytest.mark.parametrize("line", HONEST)
def test_what_speaks_about_a_trade_stays(line: str) -> None:
    for page in (line, f"{BODY}\n{line}", f"{line}{BODY}"):
        assert cut(page) == page


def test_a_page_about_fraud_quotes_pitches() -> None:
    cases = "赌博、诈骗、传销的案例，诈骗和赌博的套路。"
    page = f"反诈课堂\n常见的骗局有这些：\n易借宝极速贷款秒到账\n{BODY}\n{NEXT}\n{cases}"
    assert cut(page) == page


def test_what_stands_there_twice_is_spoken_of_by_nobody() -> None:
    page = f"{BODY[:-1]}，他主演的短剧也在社区的小剧场里论文代写包过论文代写包过。\n{NEXT}"
    assert cut(page) == f"{BODY[:-1]}，他主演的短剧也在社区的小剧场里。\n{NEXT}"


def test_what_has_to_do_with_one_thing_that_is_sold_speaks_of_no_heap() -> None:
    page = "1998年，他参加考察队，前往南方从事地质调查研究工作增高药官网正品包邮；后来在大学任教。"
    assert cut(page) == page.replace("增高药官网正品包邮", "")


def test_the_years_behind_a_pitch_are_the_page_s() -> None:
    assert list(find_pitches(fold(f"论文代写包过2007-08年，{BODY}"))) == [(0, 6, True)]


def test_a_pitch_alone_is_no_part_of_a_text() -> None:
    assert list(find_pitches(fold("易借宝极速贷款秒到账"))) == []


def test_a_long_line_of_pitches_takes_linear_time() -> None:
    text = ("易借宝极速贷款秒到账" + BODY.replace("。", "，")) * 3_000
    assert len(list(find_pitches(fold(text)))) == 3_000


def test_a_heap_without_an_end_takes_linear_time() -> None:
    words = ["代练", "上分", "增高药", "包邮", "论文代写", "包过"]
    heap = "".join(Random(0).choices(words, k=100_000)) + "上分代练包邮"
    assert len(list(find_pitches(fold(BODY + heap)))) == 1
