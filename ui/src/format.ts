// Numbers and times as people read them. Times in are microseconds since 1970 UTC.
export const NO_VALUE = "–";

const pad = (value: number, width = 2): string => String(value).padStart(width, "0");

/** Local date and time, the same in each language: `2026-11-24 02:27:37`. */
export function dateTime(us: number): string {
  const date = new Date(us / 1_000);
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())} ${timeOfDay(us)}`;
}

/** Local time of day: `02:27:37`. */
export function timeOfDay(us: number): string {
  const date = new Date(us / 1_000);
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

/** As `dateTime`, with milliseconds. */
export function dateTimeExact(us: number): string {
  return `${dateTime(us)}.${pad(Math.floor(us / 1_000) % 1_000, 3)}`;
}

/** A whole number with thin spaces between thousands: `12 345`. */
export function whole(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");
}

export function score(value: number | null | undefined): string {
  return value === null || value === undefined ? NO_VALUE : value.toFixed(3);
}

/** Microseconds as milliseconds: three significant places, at most two decimals. */
export function milliseconds(us: number | null | undefined): string {
  if (us === null || us === undefined) return NO_VALUE;
  const ms = us / 1_000;
  if (ms < 10) return ms.toFixed(2);
  return ms < 100 ? ms.toFixed(1) : whole(ms);
}

/** A share in percent; rounds down from 100, so that "100" means all of them. */
export function percent(part: number, of: number): string {
  if (of <= 0) return NO_VALUE;
  const share = (100 * part) / of;
  return (part < of ? Math.min(Math.floor(share * 10) / 10, 99.9) : 100).toFixed(1);
}

const BYTE_UNITS = ["B", "kB", "MB", "GB", "TB"];

/** Bytes with decimal units, as disks are sold. */
export function bytes(value: number): string {
  let rest = value;
  let unit = 0;
  while (rest >= 1_000 && unit < BYTE_UNITS.length - 1) {
    rest /= 1_000;
    unit += 1;
  }
  return `${unit === 0 ? rest : rest.toFixed(rest < 10 ? 2 : 1)} ${BYTE_UNITS[unit]}`;
}

/** The start of a hash, enough to compare by eye. */
export const shortHash = (hash: string): string => hash.slice(0, 12);

/** Columns that a character takes in a fixed-width font: Chinese ones take two. */
const columns = (character: string): number => (/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}]/u.test(character) ? 2 : 1);

const ID_COLUMNS_MAX = 26;

/** A part ID in at most 26 columns: a long one loses its middle, since its beginning and its end tell parts apart. */
export function shortId(id: string, max = ID_COLUMNS_MAX): string {
  const characters = Array.from(id);
  const width = characters.reduce((sum, each) => sum + columns(each), 0);
  if (width <= max) return id;
  const take = (from: readonly string[], room: number): string[] => {
    const taken: string[] = [];
    let left = room;
    for (const each of from) {
      left -= columns(each);
      if (left < 0) break;
      taken.push(each);
    }
    return taken;
  };
  const room = max - 1;
  const head = take(characters, Math.floor(room / 2));
  const tail = take(characters.toReversed(), Math.ceil(room / 2)).toReversed();
  return `${head.join("")}…${tail.join("")}`;
}
