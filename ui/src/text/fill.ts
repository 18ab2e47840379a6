// Puts values into the placeholders of a text. Knows no language.

/** Replaces each `{name}` with its value; a name without a value stays visible, so that it is noticed. */
export function fill(template: string, values: Record<string, string | number>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name];
    return value === undefined ? whole : String(value);
  });
}

/** The placeholder names of a text, sorted. */
export function placeholders(template: string): string[] {
  return [...template.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "").sort();
}

/** What a catalogue calls a name that the station gave, or that name: another version may have others. */
export function named(known: Record<string, string>, name: string): string {
  return Object.hasOwn(known, name) ? (known[name] ?? name) : name;
}
