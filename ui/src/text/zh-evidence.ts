// 模型阈值依据的中文。
import type { Catalogue } from "./en";

export const evidence: Pick<Catalogue, "evidence"> = {
  evidence: {
    title: "换用其他阈值会怎样",
    hint: "线：留出的图像。色带：全部同类工件的比例所在范围，置信度 95 %。",
    chart_alt: "良品误剔率和缺陷剔出率随阈值的变化",
    good: "误剔的良品",
    expected: "误剔率（假定分数大致为正态分布）",
    defects: "剔出的已确认缺陷",
    at: "剔除阈值",
    proposed: "{value}，建议值",
    second: "{value}，第二条线",
    counted: "{count} / {of}（{low}～{high} %）",
    normal_range: "如果分数大致为正态分布，建议的阈值会误剔 {low}～{high} % 的良品。",
    remedy: "再取 {more} 件良品：如果其中无一误剔，则在 95 % 置信度下良品误剔率不超过 {share} %。",
    remedy_beyond: "一次示教最多 {max} 张图像：请在“阈值调整”页面查看最初一批工件的分数，或用命令行示教。",
    second_line: "第二条线（有人复看可疑工件时使用）：合格阈值 {value}。分数在它与剔除阈值之间的工件为未判定，予以剔除。约 {share} % 的良品高于此线。",
    no_defects: "没有用到已确认的缺陷，因此不知道该模型能剔出哪些缺陷。人工绘制的 {of} 个缺陷中能剔出 {count} 个，但真实缺陷并不一样。请加入缺陷图像后重新示教。",
    all_caught: "已确认的 {of} 个缺陷全部剔出：95 % 置信度下，这类缺陷至少剔出 {low} %。",
    missed: "阈值为 {threshold} 时，已确认的 {of} 个缺陷中漏检 {missed} 个；这类缺陷的剔出率为 {low}～{high} %（95 % 置信度）。",
    missed_remedy: "处理办法：降低阈值；改进光源或镜头，使缺陷更明显；或加入更多缺陷图像后重新示教。",
    weak: "已知缺陷中剔出不到一半，请不要就这样启用。",
    is_missed: "漏检",
    is_doubtful: "用第二条线时未判定",
    is_caught: "剔出",
    band_says: "留出的 {of} 张良品图像中有 {count} 张、已确认的缺陷中有 {defects} 个介于两个阈值之间：未判定，予以剔除。",
    confirm: "仍要启用：已知的 {of} 个缺陷中漏检 {missed} 个",
    confirm_first: "请先勾选，或降低阈值。",
  },
};
