// The button by which somebody says that he has seen an alarm, with his name.
import { useAcknowledge } from "../api/queries";
import { useAccount } from "../api/session";
import { ApiError } from "../api/client";
import type { Alarm } from "../api/types";
import { fill } from "../text/fill";
import { useText } from "../text/language";
import { Changes } from "./changes";
import { OwnWords } from "../shell/own-words";
import { useAuthor } from "./use-author";

export function Acknowledge({ alarm }: { alarm: Alarm }) {
  const text = useText();
  const [author, setAuthor] = useAuthor();
  const account = useAccount();
  const acknowledge = useAcknowledge();
  const by = author.trim();
  return (
    <form
      className="acknowledge"
      onSubmit={(event) => {
        event.preventDefault();
        acknowledge.mutate({ code: alarm.code, subject: alarm.subject, by });
      }}
    >
      <Changes right="run">
      {account === null && <input value={author} maxLength={80} aria-label={text.station.acknowledge_name} placeholder={text.station.acknowledge_name} onChange={(event) => setAuthor(event.target.value)} />}
      <button type="submit" disabled={by === "" || acknowledge.isPending}>{text.station.acknowledge}</button>
      </Changes>
      {acknowledge.error && <span role="alert">{fill(text.station.acknowledge_failed, { message: text.error[ApiError.from(acknowledge.error).kind] })}<OwnWords words={acknowledge.error.message} /></span>}
    </form>
  );
}
