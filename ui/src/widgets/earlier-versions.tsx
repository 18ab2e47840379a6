// The earlier versions of a style's recipe, and one action: use one of them again, as a new version.
import "../look-teach.css";
import { Alert, Button, Textarea } from "@mantine/core";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { useGoBack } from "../api/queries";
import type { RecipeVersion, RecipeVersions } from "../api/types";
import * as format from "../format";
import { fill } from "../text/fill";
import { useText } from "../text/language";
import { AuthorField } from "./author-field";
import { Changes, useWhyNot } from "./changes";
import { earlierVersions, modelsOf } from "./earlier-data";
import { Refusal } from "./refusal";
import { useAuthor } from "./use-author";

export function EarlierVersions({ recipe }: { recipe: RecipeVersions }) {
  const text = useText();
  const [chosen, setChosen] = useState<number | null>(null);
  const going = useGoBack(recipe.style);
  const { now, earlier } = earlierVersions(recipe);
  const wanted = earlier.find((each) => each.version === chosen);
  if (now === null) return null;
  return (
    <div className="earlier">
      <ul className="earlier-list">
        <Row version={now} />
        {earlier.map((each) => (
          <Row key={each.version} version={each} isChosen={each.version === chosen} onChoose={() => { going.reset(); setChosen(each.version); }} />
        ))}
      </ul>
      {earlier.length === 0 && <p className="quiet">{text.earlier.none}</p>}
      {wanted !== undefined && <BackForm key={wanted.version} going={going} wanted={wanted} basedOn={now.version} onClose={() => setChosen(null)} />}
      {going.isSuccess && <Alert color="green" role="status">{fill(text.earlier.done, { style: recipe.style, version: going.data.version, to: going.variables.to })}</Alert>}
    </div>
  );
}

function Row({ version, isChosen = false, onChoose }: { version: RecipeVersion; isChosen?: boolean; onChoose?: () => void }) {
  const text = useText();
  const why = useWhyNot("vouch");
  const above = version.views.map((view) => format.score(view.reject_above)).join(" · ");
  return (
    <li data-version={version.version} data-chosen={isChosen || undefined}>
      <div className="earlier-words">
        <b>{fill(text.detail.version, { version: version.version })}</b>
        {version.is_active && <span className="in-use">{text.tuning.in_use}</span>}
        <span className="earlier-model">{modelsOf(version)}</span>
        <span>{text.detail.reject_above} <span className="mono">{above}</span></span>
        <span className="quiet earlier-why">{version.author}{" · "}<span className="mono">{format.dateTime(version.created_at_us)}</span>{" · "}{version.reason}</span>
      </div>
      {onChoose !== undefined && <Button variant="default" disabled={why !== null} title={why ?? undefined} aria-expanded={isChosen} onClick={onChoose} aria-label={fill(text.earlier.use_version, { version: version.version })}>{text.earlier.use}</Button>}
    </li>
  );
}

interface BackFormProps {
  going: ReturnType<typeof useGoBack>;
  wanted: RecipeVersion;
  basedOn: number;
  onClose: () => void;
}

function BackForm({ going, wanted, basedOn, onClose }: BackFormProps) {
  const text = useText();
  const [author, setAuthor] = useAuthor();
  const [reason, setReason] = useState("");
  const [isTried, setTried] = useState(false);
  const first = useRef<HTMLTextAreaElement>(null);
  useEffect(() => first.current?.focus(), []);
  const missing = (value: string) => (isTried && value.trim() === "" ? text.teach.required : null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (author.trim() === "" || reason.trim() === "") return;
    going.mutate({ to: wanted.version, based_on: basedOn, author: author.trim(), reason: reason.trim() }, { onSuccess: onClose });
  };
  return (
    <form className="apply earlier-form" noValidate onSubmit={submit}>
      <Changes right="vouch">
      <p>{fill(text.earlier.explain, { version: wanted.version, model: modelsOf(wanted), next: basedOn + 1 })}</p>
      <AuthorField label={text.teach.author} value={author} error={missing(author)} onChange={setAuthor} />
      <Textarea ref={first} label={text.teach.reason} required rows={2} value={reason} error={missing(reason)} onChange={(event) => setReason(event.currentTarget.value)} name="reason" />
      <div className="button-row">
        <Button type="submit" loading={going.isPending}>{fill(text.earlier.confirm, { version: wanted.version })}</Button>
        <Button variant="default" disabled={going.isPending} onClick={onClose}>{text.earlier.leave}</Button>
      </div>
      </Changes>
      <Refusal failure={going.error} />
    </form>
  );
}
