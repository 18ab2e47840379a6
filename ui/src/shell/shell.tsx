// What stands around every page: navigation, the station's state, language and colours, the banner.
import { SegmentedControl } from "@mantine/core";
import { Fragment, type ReactNode, useLayoutEffect } from "react";
import { Link, useLocation } from "wouter";
import { useStation } from "../api/queries";
import { may, type Right, useAccount, useSession } from "../api/session";
import type { Catalogue } from "../text/en";
import { type Language, LANGUAGES, languageOf, useLanguage, useText } from "../text/language";
import { AccessBanner } from "./access-banner";
import { ChallengeBanner } from "./challenge-banner";
import { AccountMenu } from "./account-menu";
import { MarkIcon } from "./icons";
import { LinkBanner } from "./link-banner";
import { LogInPage } from "./log-in-page";
import { SchemeSwitch } from "./scheme-switch";
import { StationLamp } from "./station-lamp";

/** `right` is without which there is nothing to do there: who goes there all the same can look, and is told. */
const PAGES: readonly { path: string; name: keyof Catalogue["pages"]; right?: Right }[] = [
  { path: "/", name: "live" },
  { path: "/rejects", name: "rejects" },
  { path: "/quality", name: "quality" },
  { path: "/review", name: "review", right: "run" },
  { path: "/tuning", name: "tuning", right: "teach" },
  { path: "/teach", name: "teach", right: "teach" },
  { path: "/line", name: "line" },
  { path: "/station", name: "station" },
];

export function Shell({ children }: { children: ReactNode }) {
  const text = useText();
  const { standing, visit } = useSession();
  const { link } = useStation();
  const isEnded = standing.state === "ended";
  const isOut = standing.state === "out";
  useFocusBack(isEnded);
  return (
    <>
      <div className="shell" data-link={link} inert={isEnded}>
        <a className="skip" href="#content">{text.shell.skip}</a>
        <Bar isBare={isOut} />
        <LinkBanner />
        <AccessBanner />
        <ChallengeBanner />
        <main id="content" className="content">{isOut ? <LogInPage /> : <Fragment key={visit}>{children}</Fragment>}</main>
      </div>
      {isEnded && (
        <div className="shell log-in-cover" role="dialog" aria-modal="true" aria-label={text.log_in.ended_title}>
          <Bar isBare />
          <div className="content"><LogInPage ended={standing} /></div>
        </div>
      )}
    </>
  );
}

/** Where a page was covered, whoever worked there goes on in the field where he was. */
function useFocusBack(isCovered: boolean): void {
  useLayoutEffect(() => {
    if (!isCovered) return;
    const was = focused;
    return () => was?.focus();
  }, [isCovered]);
}
/** Kept as it changes: what is covered loses the focus before anybody can ask. */
let focused: HTMLElement | null = null;
addEventListener("focusin", ({ target }) => {
  if (target instanceof HTMLElement && target.closest(".log-in-cover") === null) focused = target;
});

/** `isBare` where nobody is logged in: then there is nothing to go to. */
function Bar({ isBare }: { isBare: boolean }) {
  const text = useText();
  const { status } = useStation();
  const account = useAccount();
  const isAccount = account !== null && !isBare;
  return (
    <header className="bar" data-account={isAccount || undefined}>
      <Link href="/" className="mark" aria-label={text.product}>
        <MarkIcon />
        <span className="mark-name">{status?.station_name ?? text.product}</span>
      </Link>
      {isBare ? <span className="push" /> : <><Navigation /><StationLamp /></>}
      {isAccount && <AccountMenu account={account} />}
      <LanguageSwitch />
      <SchemeSwitch />
    </header>
  );
}

function Navigation() {
  const text = useText();
  const [location] = useLocation();
  const { status } = useStation();
  const account = useAccount();
  // Where nothing is wired there is nothing to see; who goes there all the same is told how to wire it.
  const pages = PAGES.filter((page) => (page.name !== "line" || status?.has_line === true) && (page.right === undefined || may(account, page.right)));
  const isHere = (path: string) => location === path || (path === "/rejects" && location.startsWith("/parts/"));
  return (
    <nav className="nav" aria-label={text.shell.menu}>
      {pages.map((page) => (
        <Link key={page.path} href={page.path} aria-current={isHere(page.path) ? "page" : undefined}>
          {text.pages[page.name]}
        </Link>
      ))}
    </nav>
  );
}

const LANGUAGE_SIGN: Record<Language, string> = { en: "EN", zh: "简", "zh-Hant": "繁" };

function LanguageSwitch() {
  const { language, text, choose } = useLanguage();
  return (
    <SegmentedControl
      className="language"
      aria-label={text.shell.language}
      value={language}
      onChange={(value) => choose(languageOf(value))}
      data={Object.entries(LANGUAGES).map(([value, name]) => ({
        value,
        label: <span lang={value} title={name}>{LANGUAGE_SIGN[languageOf(value)]}</span>,
      }))}
    />
  );
}
