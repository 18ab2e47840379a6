// Puts the taught model to use for a style, as a new version of its recipe.
import { Alert, Autocomplete, Button, Checkbox, NumberInput, Switch, Textarea } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { Link } from "wouter";
import { valueOf } from "../../api/fetched";
import { useFacets, useStation } from "../../api/queries";
import { useUseModel } from "../../api/teaching";
import type { Lesson, RecipeVersions, TaughtModel } from "../../api/types";
import { AuthorField } from "../../widgets/author-field";
import { Changes } from "../../widgets/changes";
import { Refusal } from "../../widgets/refusal";
import { useAuthor } from "../../widgets/use-author";
import { fill } from "../../text/fill";
import { useText } from "../../text/language";
import { newestVersion, THRESHOLD_STEP } from "../tuning/tuning-data";
import { between, weakness } from "./evidence-data";
import { placeChanges } from "./place-data";
import { defectsSaying, inUse, judged, newestOf, styles } from "./teach-data";

const round = (value: number): number => Math.round(value * 1_000) / 1_000;

export function UseForm({ lesson, taught, recipes }: { lesson: Lesson; taught: TaughtModel; recipes: RecipeVersions[] }) {
  const text = useText();
  const known = styles(recipes, valueOf(useFacets())?.styles ?? []);
  const [style, setStyle] = useState(lesson.style ?? "");
  const [threshold, setThreshold] = useState(round(taught.threshold));
  const [isBand, setBand] = useState(false);
  const [second, setSecond] = useState(round(taught.evidence?.accept_below ?? taught.threshold));
  const [isSure, setSure] = useState(false);
  const [author, setAuthor] = useAuthor();
  const [reason, setReason] = useState(() => fill(defectsSaying(taught) === "used" ? text.teach.reason_defects : text.teach.reason_first, { count: taught.held_out.length - taught.odd.length, defects: taught.defects.length }));
  const [isTried, setTried] = useState(false);
  const using = useUseModel();
  const basedOn = newestOf(recipes, style);
  const recipe = recipes.find((each) => each.style === style);
  const replaced = recipe === undefined ? undefined : newestVersion(recipe)?.views.find((view) => view.camera === lesson.camera);
  const elsewhere = replaced === undefined ? [] : placeChanges(text, replaced.place, taught.place);
  const told = judged(taught, threshold);
  const accept_below = isBand ? Math.min(second, threshold) : threshold;
  const weak = weakness(taught, threshold);
  const missing = (value: string) => (isTried && value.trim() === "" ? text.teach.required : null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if ([style, author, reason].some((value) => value.trim() === "") || (weak !== null && !isSure)) return;
    using.mutate({ lesson: lesson.id, style: style.trim(), based_on: basedOn, reject_above: threshold, accept_below, author: author.trim(), reason: reason.trim() });
  };
  return (
    <form className="apply" onSubmit={submit} noValidate>
      <Changes right="vouch">
      <Autocomplete size="md" label={text.teach.use_style} required value={style} data={known} error={missing(style)} onChange={setStyle} name="style" />
      <NumberInput
        label={text.teach.threshold} value={threshold} min={0} max={1} step={THRESHOLD_STEP * 10} decimalScale={3} fixedDecimalScale
        description={<Told told={told} />}
        onChange={(next) => { if (typeof next === "number") setThreshold(next); }}
      />
      <Switch className="tall" size="md" label={text.tuning.band} checked={isBand} onChange={(event) => setBand(event.currentTarget.checked)} name="band" />
      {isBand && (
        <NumberInput
          label={text.tuning.accept_below} value={accept_below} min={0} max={threshold} step={THRESHOLD_STEP * 10} decimalScale={3} fixedDecimalScale
          description={fill(text.evidence.band_says, between(taught, threshold, accept_below))}
          onChange={(next) => { if (typeof next === "number") setSecond(next); }} name="accept_below"
        />
      )}
      <AuthorField label={text.teach.author} value={author} error={missing(author)} onChange={setAuthor} />
      <Textarea label={text.teach.reason} required rows={2} value={reason} error={missing(reason)} onChange={(event) => setReason(event.currentTarget.value)} name="reason" />
      {style.trim() !== "" && (
        <p className="quiet">
          {basedOn === 0 ? fill(text.teach.use_first, { style }) : fill(text.teach.use_now, { style, version: basedOn + 1 })}
          {replaced !== undefined && replaced.model !== taught.name && ` ${fill(text.teach.use_replaces, { model: replaced.model })}`}
        </p>
      )}
      {elsewhere.length > 0 && (
        <Alert color="yellow" role="status" className="place-changes">
          <b>{fill(text.teach.place_elsewhere, { version: basedOn })}</b>
          <ul>{elsewhere.map((each) => <li key={each}>{each}</li>)}</ul>
          {text.teach.place_elsewhere_why}
        </Alert>
      )}
      {weak !== null && (
        <Checkbox label={fill(text.evidence.confirm, weak)} checked={isSure} error={isTried && !isSure ? text.evidence.confirm_first : null} onChange={(event) => setSure(event.currentTarget.checked)} name="weak" />
      )}
      <Button type="submit" loading={using.isPending}>{text.teach.use}</Button>
      </Changes>
      {using.isSuccess && (
        <Alert color="green" role="status">
          {fill(text.teach.used, { ...using.data })} <Link href={`/tuning?style=${encodeURIComponent(using.data.style)}`}>{text.teach.to_tuning}</Link>
        </Alert>
      )}
      <Refusal failure={using.error} />
      <InUse name={taught.name} />
    </form>
  );
}

/** Apart from the form, because the station's status comes ten times a second. */
function InUse({ name }: { name: string }) {
  const text = useText();
  const now = inUse(useStation().status?.models ?? [], name);
  return now.length > 0 && <p className="quiet">{fill(text.teach.used_by, { list: now.join(", ") })}</p>;
}

/** What this threshold would do to the images that are known. */
function Told({ told }: { told: ReturnType<typeof judged> }) {
  const text = useText();
  return (
    <>
      {fill(text.teach.says_good, { rejected: told.goodRejected, count: told.good })}
      {told.rejects > 0 && <><br />{fill(text.teach.says_rejects, { found: told.rejectsFound, count: told.rejects })}</>}
    </>
  );
}
