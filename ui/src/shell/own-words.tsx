// What a device, a file or the station's log said, in its own words: English, beside what the page says in the reader's language.
import { useText } from "../text/language";

export function OwnWords({ words }: { words: string | null }) {
  const text = useText();
  if (words === null || words === "") return null;
  return <span className="own-words"><span className="own-words-label">{text.own_words}</span> <span className="mono" lang="en">{words}</span></span>;
}
