// What to collect, and by whom.
import { Button, NumberInput, Select, Switch } from "@mantine/core";
import { useState } from "react";
import { valueOf } from "../../api/fetched";
import { useFacets, useRecipes } from "../../api/queries";
import { useBegin } from "../../api/teaching";
import type { LessonBegun, TeachingStatus } from "../../api/types";
import { AuthorField } from "../../widgets/author-field";
import { Changes } from "../../widgets/changes";
import { Refusal } from "../../widgets/refusal";
import { useAuthor } from "../../widgets/use-author";
import { fill } from "../../text/fill";
import { useText } from "../../text/language";
import { newestOf, styles } from "./teach-data";

interface BeginFormProps {
  status: TeachingStatus;
  camera: string;
  cameras: string[];
  onCamera: (camera: string) => void;
}

export function BeginForm({ status, camera, cameras, onCamera }: BeginFormProps) {
  const text = useText();
  const recipes = valueOf(useRecipes()) ?? [];
  const seen = valueOf(useFacets())?.styles ?? [];
  const [style, setStyle] = useState("");
  const [wanted, setWanted] = useState(status.images_first);
  const [isOnly, setOnly] = useState<boolean | null>(null);
  const [author, setAuthor] = useAuthor();
  const [isTried, setTried] = useState(false);
  const begin = useBegin();
  const known = styles(recipes, seen);
  // Parts without a recipe never pass, so there is nothing to leave out.
  const hasRecipe = style === "" ? recipes.length > 0 : newestOf(recipes, style) > 0;
  const only_passes = isOnly ?? hasRecipe;
  const start = (source: LessonBegun["source"]) => {
    setTried(true);
    if (author.trim() === "" || camera === "") return;
    begin.mutate({ camera, style: style === "" ? null : style, only_passes, author: author.trim(), wanted, source });
  };
  return (
    <form className="apply" noValidate onSubmit={(event) => { event.preventDefault(); start("line"); }}>
      <Changes right="teach">
      <Select label={text.teach.camera} allowDeselect={false} value={camera} data={cameras} onChange={(value) => onCamera(value ?? camera)} />
      <Select label={text.teach.style} allowDeselect={false} value={style} data={[{ value: "", label: text.teach.style_any }, ...known.map((value) => ({ value, label: value }))]} onChange={(value) => setStyle(value ?? "")} searchable={known.length > 8} />
      <NumberInput
        label={text.teach.wanted} description={fill(text.teach.wanted_hint, { min: status.images_min, max: status.images_max })} value={wanted} min={status.images_min} max={status.images_max} clampBehavior="strict" allowDecimal={false}
        onChange={(value) => { if (typeof value === "number") setWanted(value); }}
      />
      <Switch className="tall" size="md" label={text.teach.only_passes} description={text.teach.only_passes_hint} checked={only_passes} onChange={(event) => setOnly(event.currentTarget.checked)} />
      <AuthorField label={text.teach.author} description={text.teach.author_hint} value={author} error={isTried && author.trim() === "" ? text.teach.required : null} onChange={setAuthor} />
      <Button type="submit" loading={begin.isPending}>{text.teach.begin}</Button>
      <Button variant="default" disabled={begin.isPending} onClick={() => start("history")}>{text.teach.history}</Button>
      <Button variant="default" disabled={begin.isPending} onClick={() => start(null)}>{text.teach.files}</Button>
      <p className="quiet">{text.teach.history_hint}<br />{text.teach.files_hint}</p>
      </Changes>
      <Refusal failure={begin.error} />
    </form>
  );
}
