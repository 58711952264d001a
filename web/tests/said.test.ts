import { describe, expect, it } from "vitest";
import { translator } from "../src/i18n";
import { instant } from "../src/format/time";
import english from "../public/en.json";
import korean from "../public/ko.json";

describe("what the server says", () => {
  const turn = translator(english, korean);

  it("is said in the language of the page, its figures as they came", () => {
    expect(turn("log in first")).toBe("먼저 로그인하십시오.");
    expect(turn("at most 30% of equity in one instrument, orders in flight included")).toBe("한 종목에 자산의 30%까지, 나가 있는 주문 포함");
    expect(turn("no new risk until the next session after losing 3% in a day, everything sold at 5%")).toBe("하루에 3%를 잃으면 다음 세션까지 새 위험 없음, 5%에서 모두 청산");
    expect(turn("the daily volume (adv) of AURA, BOLT is not stated")).toBe("하루 거래량(adv)이 주어지지 않았습니다: AURA, BOLT");
  });

  it("has its own words inside a sentence in that language as well", () => {
    expect(turn("All positions at once are worth 4,000 USD, 4% of 100,000 USD of cash.")).toBe("모든 포지션을 한꺼번에 들면 4,000 USD, 현금 100,000 USD의 4%입니다.");
  });

  it("says how a stop stands, whatever is left of it", () => {
    const text = "stop of account:main, tier 3, is done; 1 of 2 holdings closed; confirmed by the venue of main, other; cross AAA 5 left: it is less than a lot; broker BBB 2 left: the venue has not answered";
    expect(turn(text)).toBe("계좌 main 중지(단계 3): 끝남; 보유 2건 중 1건 청산; 거래소가 확인함: main, other; 남음: cross AAA 5 (최소 단위보다 적음); 남음: 브로커 BBB 2 (거래소가 답하지 않음)");
  });

  it("is left as it came where no catalogue knows it, or more is in it than a catalogue knows", () => {
    expect(turn("at most 30% of equity in one instrument")).toBeNull();
    expect(turn("please log in first")).toBeNull();
    expect(turn("Rule concentration (instrument 10%, sector 30%): in force.")).toBe("규칙 concentration (instrument 10%, sector 30%): 적용 중.");
    expect(turn("of equity at most in one: instrument 10%, sector 30%")).toBe("하나에 자산의 최대 비중: 종목 10%, 업종 30%");
    expect(turn("")).toBeNull();
    expect(turn("main stopped: by hand")).toBe("main 멈춤: by hand");
    expect(turn(`main stopped: ${"x".repeat(1000)}`)).toBeNull();
  });

  it("has every figure of the English sentence in the other one", () => {
    for (const [name, text] of Object.entries(english)) {
      if (!name.startsWith("said.")) continue;
      const places = (one: string) => (one.match(/\{\w+\}/g) ?? []).sort();
      expect(places(korean[name as keyof typeof korean]), name).toEqual(places(text));
    }
  });
});

describe("the time below a curve", () => {
  it("is the day at midnight and the hour else", () => {
    const at = (text: string) => Date.parse(`${text}Z`) / 1000;
    expect([instant(at("2024-01-05T00:00:00"), 43200, "UTC"), instant(at("2024-01-05T12:00:00"), 43200, "UTC")]).toEqual(["01-05", "12:00"]);
    expect([instant(at("2024-01-05T00:00:00"), 86400, "UTC"), instant(at("2024-01-05T09:30:15"), 15, "UTC")]).toEqual(["01-05", "09:30:15"]);
    expect(instant(at("2024-01-05T05:00:00"), 3600, "America/New_York")).toBe("01-05");
  });
});
