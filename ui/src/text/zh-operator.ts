// 操作工画面的中文：保持的剔除件、故障、班次。
import type { Catalogue } from "./en";

export const operator: Pick<Catalogue, "held" | "held_place" | "fault" | "shift"> = {
  held: {
    title: "最近剔除件",
    zoomed: "放大",
    where_mm: "{place}：x {x} mm，y {y} mm，{width} × {height} mm",
    where_px: "{place}：{width} × {height} px",
    ask_quality: "请质量部判断",
    other: "另有 1 件剔除品待复判",
    others: "另有 {count} 件剔除品待复判",
    old: "旧图像，{age}前",
  },
  held_place: {
    top_left: "左上", top_centre: "上方", top_right: "右上",
    middle_left: "左侧", middle_centre: "中部", middle_right: "右侧",
    bottom_left: "左下", bottom_centre: "下方", bottom_right: "右下",
  },
  fault: {
    title: "持续中的故障",
    since: "自 {time} 起，已持续 {age}",
    more_one: "另有 1 项故障。",
    more: "另有 {count} 项故障。",
    hide: "显示后面的页面",
  },
  shift: {
    day: "最近 24 小时",
    since: "自 {time} 起",
    named: "{shift}班次，{since}",
    before: "上一班次（{shift}）：{counted}",
    counted: "工件 {parts}，剔除 {rejected}，合格率 {yield} %",
  },
};
