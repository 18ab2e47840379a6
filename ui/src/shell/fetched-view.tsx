// Shows a `Fetched`: waiting, failed, stale or ready. No page draws these states by itself.
import { Button } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";
import type { ApiError } from "../api/client";
import type { Fetched } from "../api/fetched";
import { timeOfDay } from "../format";
import { fill } from "../text/fill";
import { useText } from "../text/language";
import { OwnWords } from "./own-words";
import { WarningIcon } from "./icons";

interface FetchedViewProps<T> {
  fetched: Fetched<T>;
  children: (value: T) => ReactNode;
  /** What to show instead of the usual words, for example for a part that does not exist. */
  failed?: (error: ApiError) => ReactNode;
}

export function FetchedView<T>({ fetched, children, failed }: FetchedViewProps<T>) {
  const text = useText();
  switch (fetched.state) {
    case "loading":
      return <Loading />;
    case "failed":
      return failed?.(fetched.error) ?? <Failure error={fetched.error} />;
    case "ready":
      return (
        <div className="fetched" data-stale={fetched.staleBecause !== null || undefined}>
          {fetched.staleBecause !== null && (
            <p className="stale-line" role="status">
              <WarningIcon /> {fill(text.shell.stale, { time: timeOfDay(fetched.fetchedAt * 1_000) })}
              {" · "}{text.error[fetched.staleBecause.kind]}
            </p>
          )}
          {children(fetched.value)}
        </div>
      );
  }
}

export function Loading() {
  const text = useText();
  return <div className="waiting" role="status"><i aria-hidden="true" />{text.fetched.loading}</div>;
}

export function Failure({ error }: { error: ApiError }) {
  const text = useText();
  const client = useQueryClient();
  return (
    <div className="failure" role="alert">
      <b>{text.error[error.kind]}</b>
      <OwnWords words={error.message} />
      <Button variant="default" onClick={() => void client.invalidateQueries()}>{text.fetched.retry}</Button>
    </div>
  );
}
