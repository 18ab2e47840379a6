// Which language the app speaks, remembered in this browser. A language is fetched when it is chosen.
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from "react";
import type { Catalogue } from "./en";

export type Language = "en" | "zh" | "zh-Hant";
/** Each by its own name. */
export const LANGUAGES: Record<Language, string> = { en: "English", zh: "简体中文", "zh-Hant": "繁體中文" };
const KNOWN = Object.keys(LANGUAGES) as Language[];
/** As browsers and fonts know it. */
const TAG: Record<Language, string> = { en: "en", zh: "zh-CN", "zh-Hant": "zh-TW" };
const LANGUAGE_KEY = "inspector.language";

/** What the station tells in Chinese, in Traditional letters: whole sentences, and letters for the rest. */
let traditional: { sentences: Record<string, string>; letters: Map<string, string> } | null = null;

const FETCH: Record<Language, () => Promise<Catalogue>> = {
  en: async () => (await import("./en")).en,
  zh: async () => (await import("./zh")).zh,
  "zh-Hant": async () => {
    const [{ zhHant }, { TOLD, LETTERS, LETTERS_HANT }] = await Promise.all([import("./zh-hant"), import("./zh-hant-told")]);
    traditional = { sentences: TOLD, letters: new Map([...LETTERS].map((letter, at) => [letter, [...LETTERS_HANT][at] ?? letter])) };
    return zhHant;
  },
};

/** The texts of a language. */
export const catalogue = (language: Language): Promise<Catalogue> => FETCH[language]();

/** All of them, so that another can be chosen while the station does not answer. */
export const fetchLanguages = (): Promise<unknown> => Promise.all(KNOWN.map(catalogue));

export const languageOf = (text: string): Language => KNOWN.find((each) => each === text) ?? "en";

/** The language to start with: what was chosen here before, else what the browser asks for. */
export function startLanguage(remembered: string | null, wanted: readonly string[]): Language {
  const known = KNOWN.find((each) => each === remembered);
  if (known !== undefined) return known;
  const first = wanted.find((tag) => /^(en|zh)\b/i.test(tag));
  if (first?.toLowerCase().startsWith("zh") !== true) return "en";
  return /hant|tw|hk|mo/i.test(first) ? "zh-Hant" : "zh";
}

export interface Reading {
  language: Language;
  text: Catalogue;
}
interface LanguageChoice extends Reading {
  choose: (language: Language) => void;
}
const LanguageContext = createContext<LanguageChoice | null>(null);

/** The language to start with and its texts. */
export async function startReading(): Promise<Reading> {
  const language = startLanguage(localStorage.getItem(LANGUAGE_KEY), navigator.languages);
  return { language, text: await catalogue(language) };
}

export function LanguageProvider({ start, children }: { start: Reading; children: ReactNode }) {
  const [reading, setReading] = useState(start);
  useEffect(() => {
    document.documentElement.lang = TAG[reading.language];
  }, [reading]);
  const choice = useMemo<LanguageChoice>(
    () => ({
      ...reading,
      choose: (language) => {
        localStorage.setItem(LANGUAGE_KEY, language);
        // Where it cannot be fetched, the page goes on in the language that it has.
        catalogue(language).then((text) => setReading({ language, text }), () => undefined);
      },
    }),
    [reading],
  );
  return <LanguageContext value={choice}>{children}</LanguageContext>;
}

export function useLanguage(): LanguageChoice {
  const choice = useContext(LanguageContext);
  if (choice === null) throw new Error("a page is shown outside of its LanguageProvider");
  return choice;
}
export const useText = (): Catalogue => useLanguage().text;

/** What the station told, in the reader's language. It tells Chinese in Simplified letters. */
export function told(language: Language, words: { en: string; zh: string }): string {
  if (language !== "zh-Hant" || traditional === null) return words[language === "en" ? "en" : "zh"];
  const { sentences, letters } = traditional;
  return sentences[words.zh] ?? [...words.zh].map((letter) => letters.get(letter) ?? letter).join("");
}
