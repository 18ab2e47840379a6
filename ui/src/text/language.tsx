// Which language the app speaks, remembered in this browser.
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from "react";
import { type Catalogue, en } from "./en";
import { zh } from "./zh";
import { zhHant } from "./zh-hant";
import { LETTERS, LETTERS_HANT, TOLD } from "./zh-hant-told";

export type Language = "en" | "zh" | "zh-Hant";
export const CATALOGUES: Record<Language, Catalogue> = { en, zh, "zh-Hant": zhHant };
export const LANGUAGES = Object.keys(CATALOGUES) as Language[];
/** As browsers and fonts know it. */
const TAG: Record<Language, string> = { en: "en", zh: "zh-CN", "zh-Hant": "zh-TW" };
const LANGUAGE_KEY = "inspector.language";

/** The language to start with: what was chosen here before, else what the browser asks for. */
export function startLanguage(remembered: string | null, wanted: readonly string[]): Language {
  const known = LANGUAGES.find((each) => each === remembered);
  if (known !== undefined) return known;
  const first = wanted.find((tag) => /^(en|zh)\b/i.test(tag));
  if (first?.toLowerCase().startsWith("zh") !== true) return "en";
  return /hant|tw|hk|mo/i.test(first) ? "zh-Hant" : "zh";
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
    document.documentElement.lang = TAG[language];
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

const HANT = new Map([...LETTERS].map((letter, at) => [letter, [...LETTERS_HANT][at] ?? letter]));

/** What the station told, in the reader's language. It tells Chinese in Simplified letters. */
export function told(language: Language, words: { en: string; zh: string }): string {
  if (language !== "zh-Hant") return words[language];
  return TOLD[words.zh] ?? [...words.zh].map((letter) => HANT.get(letter) ?? letter).join("");
}
