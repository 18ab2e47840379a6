// 登录、账户和角色权限的中文。
import type { Catalogue } from "./en";

export const account: Pick<Catalogue, "role" | "role_may" | "account_needs" | "account" | "log_in"> = {
  role: { viewer: "查看者", operator: "操作员", quality: "质量员", integrator: "集成工程师" },
  role_may: {
    viewer: "只能查看，不能更改",
    operator: "判断剔除件，确认报警",
    quality: "对剔除结果负责：还可示教、导出，更改阈值、模型和规则",
    integrator: "负责设置工位：还可示教、导出。阈值、模型和规则由质量员更改",
  },
  account_needs: {
    run: "{role}只能查看，此操作由操作员、质量员或集成工程师进行。",
    teach: "{role}在此只能查看，此操作由质量员或集成工程师进行。",
    vouch: "{role}在此只能查看，剔除标准由质量员更改。",
  },
  account: {
    open: "账户 {name}，{role}",
    log_out: "退出登录",
    colours: "配色",
  },
  log_in: {
    title: "登录",
    lead: "本工位需要知道由谁操作。账户在工位上用此命令建立：",
    ended_title: "请重新登录",
    ended_by: "{name} 的登录已失效。{name} 重新登录后，后面的页面保持原样，已输入的内容不会丢失；其他人登录则打开新页面。",
    ended: "本工位现已启用账户。后面的页面保持原样，已输入的内容不会丢失。",
    who: "您是谁？",
    forget: "忘记这些名称",
    name: "名称",
    password: "密码",
    show: "显示密码",
    hide: "隐藏密码",
    go: "登录",
    wait_short: "请等待 {seconds} 秒",
    missing: "请输入名称和密码",
    wrong: "名称或密码错误",
    wrong_todo: "请重新输入密码，注意区分大小写。如忘记密码或账户已停用，请找工位负责人，命令：",
    too_many: "尝试次数过多",
    too_many_todo: "请等待 {seconds} 秒后再试。",
    too_many_over: "现在可以再试。",
    read_only: "不能通过网络登录",
    read_only_todo: "连接未加密，网络中的其他人可能读到密码。请在工位本机登录，或找工位负责人。",
    offline_todo: "请检查工位是否在运行，以及网络。页面每隔几秒会重新询问。",
    failed_todo: "请再试一次。如仍然如此，请把下面的内容告诉工位负责人。",
  },
};
