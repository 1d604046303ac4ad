"""Traditional letters (繁体字) that recognition writes where a page prints simplified ones: 號 for 号, 靜 for 静.

The engine knows both scripts, and in some faces the two look alike. Papers of mainland authorities are in the standard
letters of the general table (通用规范汉字表), so on a page of simplified letters a traditional one is a misreading. A
page that really is in traditional letters is left as it is.
"""

from __future__ import annotations

from dataclasses import replace

from qi_pipeline.model import Word

_TRADITIONAL = (
    "號證靜業執營樓區層單廠東園門車間陽長開發產無錫蘇華國學術務機構檢測驗認許標準計質監總會協屬實報設備儀"
    "電環書類資處縣鎮鄉廳廣龍麗寧濱錦銀鋼鐵鋒鵬飛馬駿魯鳳順項領頭題顧風際陳陸隊階難雲霧靈韓預頻顯願飯館養"
    "駐驅驚體齊齋齡點黃麥貝負財貢貨販貫責貴買貿費賀賓賢賣購贊趙軍軟軒較載輕輝輪輯轉農運過進遠適選遷郵鄒鄭"
    "鄧醫鉛鋁銅錄鍋鏡鐘閔聞閣閱關闊隨雙雜離頂頤額顏飲騰驪鯤鴻鵝見規視親覺覽觀訂訓記訊訪評詞試詩話該詳誠語"
    "誤說課調談請論諾謀謝講譚識議護讀變讓豐貞義習聖聯聲職肅腦與興舉艦藝藥蘭蟲補裝襲納純紙級紀約紅紋細終組"
    "結給統絲經綜綠維網緊線練縱績織繪繼續羅獎獨現瑩瑪畢異當療盤盧確碼磚礦禮種稱穩穎窮節築簡籌糧歐歡歲歷歸"
    "殘殺氣決況沖淺淨減湯溝溫滬滿漁漢漲潔澤濟濤灣災爐爾牆狀橋樹橫檔權檸條楊極榮樂暢曉曬戰戶拋掃揚換損搖擇"
    "擊擔據擴攝敗敵數斷時晉慶憑應懷懸態愛張強彈從復廈廢廟庫帥師帳帶幫幾嶺崗島岡屆尋導將專對審寬寶孫婦媽嬌"
    "奧奪夢壇壓壯壺墊墜塵場塊堅團圖圓圍嚴噸喬問啟員吳呂劉劍劑創劃別剛則凱凍兩內兒優億儲傑傳債傷傾僅偉側倉"
    "個們倫俠來侶亞亂幣"
)
_SIMPLIFIED = (
    "号证静业执营楼区层单厂东园门车间阳长开发产无锡苏华国学术务机构检测验认许标准计质监总会协属实报设备仪"
    "电环书类资处县镇乡厅广龙丽宁滨锦银钢铁锋鹏飞马骏鲁凤顺项领头题顾风际陈陆队阶难云雾灵韩预频显愿饭馆养"
    "驻驱惊体齐斋龄点黄麦贝负财贡货贩贯责贵买贸费贺宾贤卖购赞赵军软轩较载轻辉轮辑转农运过进远适选迁邮邹郑"
    "邓医铅铝铜录锅镜钟闵闻阁阅关阔随双杂离顶颐额颜饮腾骊鲲鸿鹅见规视亲觉览观订训记讯访评词试诗话该详诚语"
    "误说课调谈请论诺谋谢讲谭识议护读变让丰贞义习圣联声职肃脑与兴举舰艺药兰虫补装袭纳纯纸级纪约红纹细终组"
    "结给统丝经综绿维网紧线练纵绩织绘继续罗奖独现莹玛毕异当疗盘卢确码砖矿礼种称稳颖穷节筑简筹粮欧欢岁历归"
    "残杀气决况冲浅净减汤沟温沪满渔汉涨洁泽济涛湾灾炉尔墙状桥树横档权柠条杨极荣乐畅晓晒战户抛扫扬换损摇择"
    "击担据扩摄败敌数断时晋庆凭应怀悬态爱张强弹从复厦废庙库帅师帐带帮几岭岗岛冈届寻导将专对审宽宝孙妇妈娇"
    "奥夺梦坛压壮壶垫坠尘场块坚团图圆围严吨乔问启员吴吕刘剑剂创划别刚则凯冻两内儿优亿储杰传债伤倾仅伟侧仓"
    "个们伦侠来侣亚乱币"
)
VARIANTS: dict[str, str] = dict(zip(_TRADITIONAL, _SIMPLIFIED, strict=True))
"""Traditional letters by the one simplified letter that stands for each; letters that are two words are left out."""
_TABLE = str.maketrans(VARIANTS)
_OWN = frozenset(_SIMPLIFIED)
_FEWER = 8
"""Simplified letters for one traditional one, at least, on a page that is printed in simplified letters."""


def in_simplified(words: tuple[Word, ...]) -> tuple[Word, ...]:
    """The words of a page with single traditional letters as the simplified ones that are printed there."""
    odd = sum(char in VARIANTS for word in words for char in word.text)
    if not odd:
        return words
    own = sum(char in _OWN for word in words for char in word.text)
    if own < _FEWER * odd:
        return words
    return tuple(
        replace(word, text=text) if (text := word.text.translate(_TABLE)) != word.text else word for word in words
    )
