// Applies moved thresholds as a new version of the recipe, with who and why.
import { Alert, Button, TextInput, Textarea } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { ApiError } from "../../api/client";
import { type Thresholds, useAddVersion } from "../../api/queries";
import { Changes } from "../../widgets/changes";
import { useAuthor } from "../../widgets/use-author";
import { fill } from "../../text/fill";
import type { Catalogue } from "../../text/en";
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
      <Changes>
      <TextInput label={text.tuning.author} description={text.tuning.author_hint} required value={author} error={missing(author)} onChange={(event) => setAuthor(event.currentTarget.value)} name="author" autoComplete="name" />
      <Textarea label={text.tuning.reason} description={text.tuning.reason_hint} required rows={2} value={reason} error={missing(reason)} onChange={(event) => setReason(event.currentTarget.value)} name="reason" />
      <Button type="submit" disabled={!isMoved} loading={adding.isPending}>{fill(text.tuning.apply, { version: basedOn + 1 })}</Button>
      </Changes>
      {adding.isSuccess && <Alert color="green" role="status">{fill(text.tuning.applied, { ...adding.data })}</Alert>}
      {adding.isError && <Alert color="red" role="alert">{failureWords(text, adding.error)}</Alert>}
    </form>
  );
}

function failureWords(text: Catalogue, failure: Error): string {
  const error = ApiError.from(failure);
  if (error.kind === "conflict") return text.tuning.conflict;
  return error.message === "" ? text.error[error.kind] : `${text.error[error.kind]}: ${error.message}`;
}
