// Made by `npm run hant`: change the file in Simplified Chinese, not this one.
// 操作工畫面的中文：保持的剔除件、故障、班次。
import type { Catalogue } from "./en";

export const operator: Pick<Catalogue, "held" | "held_place" | "fault" | "shift" | "queue_name" | "model_task"> = {
  held: {
    title: "最近剔除件",
    zoomed: "放大",
    where_mm: "{place}：x {x} mm，y {y} mm，{width} × {height} mm",
    where_px: "{place}：{width} × {height} px",
    ask_quality: "請品質部判斷",
    to_do_fail: "請檢視工件上標出的位置：是缺陷嗎？",
    to_do_undecided: "工位無法判定，請您親自檢視工件。",
    other: "另有 1 件剔除品待複判",
    others: "另有 {count} 件剔除品待複判",
    old: "舊影像，{age}前",
  },
  held_place: {
    top_left: "左上", top_centre: "上方", top_right: "右上",
    middle_left: "左側", middle_centre: "中部", middle_right: "右側",
    bottom_left: "左下", bottom_centre: "下方", bottom_right: "右下",
  },
  fault: {
    title: "持續中的故障",
    what_to_do: "處理：",
    since: "自 {time} 起，已持續 {age}",
    more_one: "另有 1 項故障。",
    more: "另有 {count} 項故障。",
    hide: "顯示後面的頁面",
  },
  shift: {
    day: "最近 24 小時",
    since: "自 {time} 起",
    named: "{shift}班次，{since}",
    before: "上一班次（{shift}）：{counted}",
    counted: "工件 {parts}，剔除 {rejected}，合格率 {yield} %",
  },
  queue_name: {
    triggers: "觸發",
    arrivals: "到達",
    frames: "影像幀",
    decisions: "判定",
    results: "結果",
    images: "影像",
    dispositions: "執行",
    samples: "示教用影像",
    commands: "命令",
    scorers: "新模型",
    retired: "換下的模型",
    alarms: "報警",
    heard: "線體訊息",
    feedback: "線體反饋",
    positions: "位置",
    identities: "工件編號",
    unidentified: "待識別工件",
    told: "告知線體",
    preview: "預覽",
  },
  model_task: {
    segment: "分割",
    "anomaly-map": "異常圖",
    anomaly: "異常",
  },
};
