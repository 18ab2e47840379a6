// What stands around every page: navigation, the station's state, language and colours, the banner.
import { ActionIcon, SegmentedControl, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import type { ReactNode } from "react";
import { Link, useLocation } from "wouter";
import { useStation } from "../api/queries";
import { type Language, LANGUAGES, languageOf, useLanguage, useText } from "../text/language";
import { AccessBanner } from "./access-banner";
import { ChallengeBanner } from "./challenge-banner";
import { MarkIcon, MoonIcon, SunIcon } from "./icons";
import { LinkBanner } from "./link-banner";
import { StationLamp } from "./station-lamp";

const PAGES = [
  { path: "/", name: "live" },
  { path: "/rejects", name: "rejects" },
  { path: "/quality", name: "quality" },
  { path: "/review", name: "review" },
  { path: "/tuning", name: "tuning" },
  { path: "/teach", name: "teach" },
  { path: "/line", name: "line" },
  { path: "/station", name: "station" },
] as const;

export function Shell({ children }: { children: ReactNode }) {
  const text = useText();
  const { link, status } = useStation();
  return (
    <div className="shell" data-link={link}>
      <a className="skip" href="#content">{text.shell.skip}</a>
      <header className="bar">
        <Link href="/" className="mark" aria-label={text.product}>
          <MarkIcon />
          <span className="mark-name">{status?.station_name ?? text.product}</span>
        </Link>
        <Navigation />
        <StationLamp />
        <LanguageSwitch />
        <SchemeSwitch />
      </header>
      <LinkBanner />
      <AccessBanner />
      <ChallengeBanner />
      <main id="content" className="content">{children}</main>
    </div>
  );
}

function Navigation() {
  const text = useText();
  const [location] = useLocation();
  const { status } = useStation();
  // Where nothing is wired there is nothing to see; who goes there all the same is told how to wire it.
  const pages = PAGES.filter((page) => page.name !== "line" || status?.has_line === true);
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

function SchemeSwitch() {
  const text = useText();
  const { setColorScheme } = useMantineColorScheme();
  const isDark = useComputedColorScheme("light") === "dark";
  const label = isDark ? text.shell.to_light : text.shell.to_dark;
  return (
    <ActionIcon className="bar-button" size={44} variant="transparent" aria-label={label} title={label} onClick={() => setColorScheme(isDark ? "light" : "dark")}>
      {isDark ? <SunIcon /> : <MoonIcon />}
    </ActionIcon>
  );
}
