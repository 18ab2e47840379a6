// Which language the app speaks, remembered in this browser.
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from "react";
import { type Catalogue, en } from "./en";
import { zh } from "./zh";

export type Language = "en" | "zh";
export const CATALOGUES: Record<Language, Catalogue> = { en, zh };
const LANGUAGE_KEY = "inspector.language";

/** The language to start with: what was chosen here before, else what the browser asks for. */
export function startLanguage(remembered: string | null, wanted: readonly string[]): Language {
  if (remembered === "en" || remembered === "zh") return remembered;
  const first = wanted.find((tag) => /^(en|zh)\b/i.test(tag));
  return first?.toLowerCase().startsWith("zh") ? "zh" : "en";
}

interface LanguageChoice {
  language: Language;
  text: Catalogue;
  choose: (language: Language) => void;
}
const LanguageContext = createContext<LanguageChoice>({ language: "en", text: en, choose: () => undefined });

export function LanguageProvider({ children }: { children: ReactNode }) {
  const [language, setLanguage] = useState(() =>
    startLanguage(localStorage.getItem(LANGUAGE_KEY), navigator.languages),
  );
  useEffect(() => {
    document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  }, [language]);
  const choice = useMemo<LanguageChoice>(
    () => ({
      language,
      text: CATALOGUES[language],
      choose: (next) => {
        localStorage.setItem(LANGUAGE_KEY, next);
        setLanguage(next);
      },
    }),
    [language],
  );
  return <LanguageContext value={choice}>{children}</LanguageContext>;
}

export const useLanguage = (): LanguageChoice => useContext(LanguageContext);
export const useText = (): Catalogue => useContext(LanguageContext).text;

/** What the station told, in the reader's language. */
export const told = (language: Language, words: { en: string; zh: string }): string => words[language];
