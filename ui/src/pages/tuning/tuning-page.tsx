// Where a threshold is chosen on evidence: past scores, and the past parts that would change side.
import "../../look-teach.css";
import { SegmentedControl, Select } from "@mantine/core";
import { useLocation, useSearch } from "wouter";
import { useRecipes } from "../../api/queries";
import type { RecipeVersion, RecipeVersions } from "../../api/types";
import * as format from "../../format";
import { Panel } from "../../widgets/panel";
import { FetchedView } from "../../shell/fetched-view";
import { fill } from "../../text/fill";
import { useText } from "../../text/language";
import { laneName } from "../../widgets/lane";
import { ruleWords } from "./sorting-data";
import { SortingPanel } from "./sorting-panel";
import { ThresholdPanel } from "./threshold-panel";
import { activeVersion, chosen } from "./tuning-data";

export function TuningPage() {
  const text = useText();
  const recipes = useRecipes();
  return (
    <div className="page">
      <FetchedView fetched={recipes}>
        {(value) => (value.length === 0
          ? <div className="notice"><h1>{text.tuning.none_title}</h1><p>{text.tuning.none_body}</p></div>
          : <TuningBody recipes={value} />)}
      </FetchedView>
    </div>
  );
}

function TuningBody({ recipes }: { recipes: RecipeVersions[] }) {
  const text = useText();
  const search = new URLSearchParams(useSearch());
  const [, navigate] = useLocation();
  const { recipe, version, view } = chosen(recipes, search.get("style"), search.get("view"));
  if (recipe === null || version === null) return null;
  const go = (style: string, nextView: number) =>
    navigate(`/tuning?${new URLSearchParams({ style, view: String(nextView) })}`, { replace: true });
  return (
    <>
      <div className="page-head tuning-head">
        <h1>{text.tuning.title}</h1>
        <Select className="filter" aria-label={text.tuning.style} allowDeselect={false} value={recipe.style} data={recipes.map((each) => each.style)} onChange={(style) => go(style ?? recipe.style, 0)} searchable={recipes.length > 8} />
        {version.views.length > 1 && (
          <SegmentedControl size="md" aria-label={text.tuning.view} value={String(view)} onChange={(value) => go(recipe.style, Number(value))} data={version.views.map((each, index) => ({ value: String(index), label: each.name }))} />
        )}
        <span className="quiet">{fill(text.tuning.current, { version: activeVersion(recipe)?.version ?? format.NO_VALUE })}</span>
      </div>
      <ThresholdPanel key={`${recipe.style} ${view}`} style={recipe.style} version={version} view={view} />
      <SortingPanel key={`sorting ${recipe.style}`} style={recipe.style} />
      <Panel title={text.tuning.history}><VersionTable versions={recipe.versions} view={view} /></Panel>
    </>
  );
}

/** By which rules this version sorts, in their order. */
function RulesOf({ version }: { version: RecipeVersion }) {
  const text = useText();
  if (version.rules.length === 0) return <span className="quiet">{format.NO_VALUE}</span>;
  return (
    <ol className="version-rules">
      {version.rules.map((rule, index) => <li key={index}>{fill(text.sort.in_words, { conditions: ruleWords(text, rule), lane: laneName(text, rule.lane) ?? rule.lane })}</li>)}
    </ol>
  );
}

function VersionTable({ versions, view }: { versions: RecipeVersion[]; view: number }) {
  const text = useText();
  const newestFirst = [...versions].sort((a, b) => b.version - a.version);
  const isSorted = versions.some((each) => each.rules.length > 0);
  return (
    <div className="table-frame">
      <table className="table versions">
        <thead>
          <tr>
            <th>{text.detail.version_label}</th>
            <th className="number">{text.tuning.reject_above}</th>
            <th className="number">{text.tuning.accept_below}</th>
            {isSorted && <th>{text.sort.title}</th>}
            <th>{text.detail.author}</th>
            <th>{text.detail.reason}</th>
            <th>{text.detail.created}</th>
          </tr>
        </thead>
        <tbody>
          {newestFirst.map((each) => (
            <tr key={each.version} data-version={each.version}>
              <td className="mono">{each.version}{each.is_active && <span className="in-use">{text.tuning.in_use}</span>}</td>
              <td className="mono number">{format.score(each.views[view]?.reject_above)}</td>
              <td className="mono number">{format.score(each.views[view]?.accept_below)}</td>
              {isSorted && <td><RulesOf version={each} /></td>}
              <td>{each.author}</td>
              <td>{each.reason}</td>
              <td className="mono">{format.dateTime(each.created_at_us)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
