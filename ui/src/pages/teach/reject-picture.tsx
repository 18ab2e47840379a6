// The picture of a rejected part that a model was tried on, from the image store, which keeps to its quota: the
// score stays when the picture goes, and the log says why it went.
import { useState } from "react";
import { thumbnailAddress, usePart } from "../../api/queries";
import type { TaughtModel } from "../../api/types";
import { useText } from "../../text/language";
import { pictureGone } from "./teach-data";

const REJECT_PX = 240;

export function RejectPicture({ reject }: { reject: TaughtModel["rejects"][number] }) {
  const text = useText();
  const [isGone, setGone] = useState(false);
  const part = usePart(isGone ? reject.id : null);
  if (!isGone) return <img src={thumbnailAddress(reject.id, reject.view, REJECT_PX)} alt="" loading="lazy" decoding="async" onError={() => setGone(true)} />;
  return <span className="tried-gone">{pictureGone(text, part, reject.view)}</span>;
}
