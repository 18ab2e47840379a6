// Made by `npm run hant`: change the file in Simplified Chinese, not this one.
// 缺少的東西：應投放的驗證件，以及沒有結果的工件。
import type { Catalogue } from "./en";

export const missing: Pick<Catalogue, "due" | "due_why" | "gap" | "gap_kind"> = {
  due: {
    title: "應投放驗證件",
    overdue: "驗證件逾期：不再接收任何工件",
    since: "自 {time} 起，原因：{why}。",
    until: "{time} 之前仍接收工件。",
    missing: "尚未投放：{parts}。",
    must_pass: "{id}（應判合格）",
    must_fail: "{id}（應判有缺陷）",
    between: "、",
  },
  due_why: {
    start: "作業已開始",
    recipe: "配方換了版本",
    interval: "已到兩次驗證的間隔時間",
    time: "已到每日規定時刻",
    clock: "時鐘被調過了規定的驗證時間",
    failed: "有驗證件的判定與預期不符",
  },
  gap: {
    title: "沒有結果的工件",
    aside: "所有作業，最新在前",
    none: "到來的每個工件都有結果。",
    time: "時間",
    parts: "工件",
    why: "原因",
    until: "{from} 至 {to}",
    numbers: "作業 {job}，工件 {first} 至 {last}：共 {count} 件",
    unknown: "作業 {job}，工件 {first} 之前：數量不明",
    after: "作業 {job}，自工件 {first} 起：數量不明",
  },
  gap_kind: {
    log_full: "結果記錄已滿，此後到達的工件均已剔除",
    camera_gone: "負責觸發的相機離線",
    trigger_gone: "通知工件到位的設備無應答",
    trigger_slow: "對觸發設備的查詢間隔過長",
    triggers_lost: "到達的工件超出可接納的數量",
    overrun: "工件過快，來不及跟蹤",
    crashed: "工位未經停止而中斷",
  },
};
