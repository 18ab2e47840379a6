// Earlier versions of one style at a time, for a page that is not about one style.
import { Select } from "@mantine/core";
import { useState } from "react";
import type { RecipeVersions } from "../api/types";
import { useText } from "../text/language";
import { recipesWithPast } from "./earlier-data";
import { EarlierVersions } from "./earlier-versions";
import { Panel } from "./panel";

export function EarlierPanel({ recipes, style, className }: { recipes: RecipeVersions[]; style: string | null; className?: string }) {
  const text = useText();
  const known = recipesWithPast(recipes);
  const [chosen, setChosen] = useState<string | null>(null);
  const recipe = known.find((each) => each.style === (chosen ?? style)) ?? known[0];
  if (recipe === undefined) return null;
  const select = known.length === 1
    ? recipe.style
    : <Select className="filter" aria-label={text.teach.style} allowDeselect={false} value={recipe.style} data={known.map((each) => each.style)} onChange={(value) => setChosen(value)} searchable={known.length > 8} />;
  return (
    <Panel className={className} title={text.earlier.title} aside={select}>
      <EarlierVersions key={recipe.style} recipe={recipe} />
    </Panel>
  );
}
