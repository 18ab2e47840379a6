// Made by `npm run hant`: change the file in Simplified Chinese, not this one.
// 模型閾值依據的中文。
import type { Catalogue } from "./en";

export const evidence: Pick<Catalogue, "evidence"> = {
  evidence: {
    title: "換用其他閾值會怎樣",
    hint: "線：留出的影像。色帶：全部同類工件的比例所在範圍，置信度 95 %。",
    chart_alt: "良品誤剔率和缺陷剔出率隨閾值的變化",
    good: "誤剔的良品",
    expected: "誤剔率（假定分數大致為正態分佈）",
    defects: "剔出的已確認缺陷",
    at: "剔除閾值",
    proposed: "{value}，建議值",
    second: "{value}，第二條線",
    counted: "{count} / {of}（{low}～{high} %）",
    normal_range: "如果分數大致為正態分佈，建議的閾值會誤剔 {low}～{high} % 的良品。",
    remedy: "再取 {more} 件良品：如果其中無一誤剔，則在 95 % 置信度下良品誤剔率不超過 {share} %。",
    remedy_beyond: "一次示教最多 {max} 張影像：請在“閾值調整”頁面檢視最初一批工件的分數，或用命令列示教。",
    second_line: "第二條線（有人復看可疑工件時使用）：合格閾值 {value}。分數在它與剔除閾值之間的工件為未判定，予以剔除。約 {share} % 的良品高於此線。",
    no_defects: "沒有用到已確認的缺陷，因此不知道該模型能剔出哪些缺陷。人工繪製的 {of} 個缺陷中能剔出 {count} 個，但真實缺陷並不一樣。請加入缺陷影像後重新示教。",
    all_caught: "已確認的 {of} 個缺陷全部剔出：95 % 置信度下，這類缺陷至少剔出 {low} %。",
    missed: "閾值為 {threshold} 時，已確認的 {of} 個缺陷中漏檢 {missed} 個；這類缺陷的剔出率為 {low}～{high} %（95 % 置信度）。",
    missed_remedy: "處理辦法：降低閾值；改進光源或鏡頭，使缺陷更明顯；或加入更多缺陷影像後重新示教。",
    weak: "已知缺陷中剔出不到一半，請不要就這樣啟用。",
    is_missed: "漏檢",
    is_doubtful: "用第二條線時未判定",
    is_caught: "剔出",
    band_says: "留出的 {of} 張良品影像中有 {count} 張、已確認的缺陷中有 {defects} 個介於兩個閾值之間：未判定，予以剔除。",
    confirm: "仍要啟用：已知的 {of} 個缺陷中漏檢 {missed} 個",
    confirm_first: "請先勾選，或降低閾值。",
  },
};
