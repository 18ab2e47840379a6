// A part's ID where there is little room: short in its middle, whole on hover and to a reader.
import { shortId } from "../format";

export function PartIdText({ id }: { id: string }) {
  const short = shortId(id);
  return short === id ? <>{id}</> : <span title={id} aria-label={id}>{short}</span>;
}
