// 缺少的东西：应投放的验证件，以及没有结果的工件。
import type { Catalogue } from "./en";

export const missing: Pick<Catalogue, "due" | "due_why" | "gap" | "gap_kind"> = {
  due: {
    title: "应投放验证件",
    overdue: "验证件逾期：不再接收任何工件",
    since: "自 {time} 起，原因：{why}。",
    until: "{time} 之前仍接收工件。",
    missing: "尚未投放：{parts}。",
    must_pass: "{id}（应判合格）",
    must_fail: "{id}（应判有缺陷）",
    between: "、",
  },
  due_why: {
    start: "作业已开始",
    recipe: "配方换了版本",
    interval: "已到两次验证的间隔时间",
    time: "已到每日规定时刻",
    clock: "时钟被调过了规定的验证时间",
    failed: "有验证件的判定与预期不符",
  },
  gap: {
    title: "没有结果的工件",
    aside: "所有作业，最新在前",
    none: "到来的每个工件都有结果。",
    time: "时间",
    parts: "工件",
    why: "原因",
    until: "{from} 至 {to}",
    numbers: "作业 {job}，工件 {first} 至 {last}：共 {count} 件",
    unknown: "作业 {job}，工件 {first} 之前：数量不明",
    after: "作业 {job}，自工件 {first} 起：数量不明",
  },
  gap_kind: {
    log_full: "结果记录已满，此后到达的工件均已剔除",
    camera_gone: "负责触发的相机离线",
    trigger_gone: "通知工件到位的设备无应答",
    trigger_slow: "对触发设备的查询间隔过长",
    triggers_lost: "到达的工件超出可接纳的数量",
    overrun: "工件过快，来不及跟踪",
    crashed: "工位未经停止而中断",
  },
};
