// Stands in the place of a page whose files could not be fetched: the station does not answer, or it has a newer version.
import { Button } from "@mantine/core";
import { useEffect } from "react";
import { useStation } from "../api/queries";
import { useText } from "../text/language";

const RELOADED_KEY = "inspector.reloaded_at";
/** A station that answers and lacks the page would have it loaded again and again. */
const RELOAD_EVERY_MS = 30_000;

export function PageMissing() {
  const text = useText();
  const { link } = useStation();
  const isHeard = link === "open" || link === "polling";
  useEffect(() => {
    const last = Number(sessionStorage.getItem(RELOADED_KEY) ?? 0);
    if (!isHeard || Date.now() - last < RELOAD_EVERY_MS) return;
    sessionStorage.setItem(RELOADED_KEY, String(Date.now()));
    location.reload();
  }, [isHeard]);
  return (
    <div className="notice" role="alert">
      <h1>{text.shell.page_missing_title}</h1>
      <p>{text.shell.page_missing_body}</p>
      <Button disabled={!isHeard} onClick={() => location.reload()}>{text.shell.reload}</Button>
    </div>
  );
}
