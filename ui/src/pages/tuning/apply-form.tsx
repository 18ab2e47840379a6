// Applies moved thresholds as a new version of the recipe, with who and why.
import { Alert, Button, Textarea } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { ApiError } from "../../api/client";
import { type Thresholds, useAddVersion } from "../../api/queries";
import { AuthorField } from "../../widgets/author-field";
import { Changes } from "../../widgets/changes";
import { Refusal } from "../../widgets/refusal";
import { useAuthor } from "../../widgets/use-author";
import { fill } from "../../text/fill";
import { useText } from "../../text/language";

interface ApplyFormProps {
  style: string;
  basedOn: number;
  view: number;
  limits: Thresholds;
  isMoved: boolean;
  onApplied: () => void;
}

export function ApplyForm({ style, basedOn, view, limits, isMoved, onApplied }: ApplyFormProps) {
  const text = useText();
  const [author, setAuthor] = useAuthor();
  const [reason, setReason] = useState("");
  const [isTried, setTried] = useState(false);
  const adding = useAddVersion(style);
  const missing = (value: string) => (isTried && value.trim() === "" ? text.tuning.required : null);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (author.trim() === "" || reason.trim() === "") return;
    adding.mutate({ based_on: basedOn, view, ...limits, author: author.trim(), reason: reason.trim() }, {
      onSuccess: () => {
        setReason("");
        setTried(false);
        onApplied();
      },
    });
  };
  return (
    <form className="apply" onSubmit={submit} noValidate>
      <Changes right="vouch">
      <AuthorField label={text.tuning.author} description={text.tuning.author_hint} value={author} error={missing(author)} onChange={setAuthor} />
      <Textarea label={text.tuning.reason} description={text.tuning.reason_hint} required rows={2} value={reason} error={missing(reason)} onChange={(event) => setReason(event.currentTarget.value)} name="reason" />
      <Button type="submit" disabled={!isMoved} loading={adding.isPending}>{fill(text.tuning.apply, { version: basedOn + 1 })}</Button>
      </Changes>
      {adding.isSuccess && <Alert color="green" role="status">{fill(text.tuning.applied, { ...adding.data })}</Alert>}
      {adding.isError && ApiError.from(adding.error).kind === "conflict" && <Alert color="red" role="alert">{text.tuning.conflict}</Alert>}
      {adding.isError && ApiError.from(adding.error).kind !== "conflict" && <Refusal failure={adding.error} />}
    </form>
  );
}
