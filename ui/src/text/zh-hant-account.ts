// Made by `npm run hant`: change the file in Simplified Chinese, not this one.
// 登入、賬戶和角色許可權的中文。
import type { Catalogue } from "./en";

export const account: Pick<Catalogue, "role" | "role_may" | "account_needs" | "account" | "log_in"> = {
  role: { viewer: "檢視者", operator: "操作員", quality: "品質員", integrator: "整合工程師" },
  role_may: {
    viewer: "只能檢視，不能更改",
    operator: "判斷剔除件，確認報警",
    quality: "對剔除結果負責：還可示教、匯出，更改閾值、模型和規則",
    integrator: "負責設定工位：還可示教、匯出。閾值、模型和規則由品質員更改",
  },
  account_needs: {
    run: "{role}只能檢視，此操作由操作員、品質員或整合工程師進行。",
    teach: "{role}在此只能檢視，此操作由品質員或整合工程師進行。",
    vouch: "{role}在此只能檢視，剔除標準由品質員更改。",
  },
  account: {
    open: "賬戶 {name}，{role}",
    log_out: "退出登入",
    colours: "配色",
  },
  log_in: {
    title: "登入",
    lead: "本工位需要知道由誰操作。賬戶在工位上用此命令建立：",
    ended_title: "請重新登入",
    ended_by: "{name} 的登入已失效。{name} 重新登入後，後面的頁面保持原樣，已輸入的內容不會丟失；其他人登入則開啟新頁面。",
    ended: "本工位現已啟用賬戶。後面的頁面保持原樣，已輸入的內容不會丟失。",
    who: "您是誰？",
    forget: "忘記這些名稱",
    name: "名稱",
    password: "密碼",
    show: "顯示密碼",
    hide: "隱藏密碼",
    go: "登入",
    wait_short: "請等待 {seconds} 秒",
    missing: "請輸入名稱和密碼",
    wrong: "名稱或密碼錯誤",
    wrong_todo: "請重新輸入密碼，注意區分大小寫。如忘記密碼或賬戶已停用，請找工位負責人，命令：",
    too_many: "嘗試次數過多",
    too_many_todo: "請等待 {seconds} 秒後再試。",
    too_many_over: "現在可以再試。",
    read_only: "不能通過網路登入",
    read_only_todo: "連線未加密，網路中的其他人可能讀到密碼。請在工位本機登入，或找工位負責人。",
    offline_todo: "請檢查工位是否在執行，以及網路。頁面每隔幾秒會重新詢問。",
    failed_todo: "請再試一次。如仍然如此，請把下面的內容告訴工位負責人。",
  },
};
