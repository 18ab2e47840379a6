// Loads a picture with its heat map, whole, before it is shown; the one before stays until then.
import { useEffect, useRef, useState } from "react";
import { ApiError, getPicture } from "../api/client";

export interface Picture {
  image: string;
  overlay: string | null;
  width: number;
  height: number;
  /** Which part the station says this is; null when it does not say. */
  partNo: number | null;
}
export interface PictureWanted {
  image: string;
  overlay: string | null;
  /** The part that is meant, where the address answers with the newest picture whatever it shows. */
  partNo?: number;
}
export type PictureState = { state: "loading" } | { state: "failed"; error: ApiError } | { state: "ready"; picture: Picture };

/** Never cancels a load for a newer wish, so that a fast line still shows pictures. */
export function usePicture(wanted: PictureWanted | null): PictureState {
  const [shown, setShown] = useState<PictureState>({ state: "loading" });
  const loader = useRef<PictureLoader | null>(null);
  useEffect(() => {
    const mine = new PictureLoader(setShown);
    loader.current = mine;
    return () => mine.close();
  }, []);
  const image = wanted?.image ?? null;
  const overlay = wanted?.overlay ?? null;
  const partNo = wanted?.partNo;
  useEffect(() => {
    if (image !== null) loader.current?.want({ image, overlay, ...(partNo === undefined ? {} : { partNo }) });
  }, [image, overlay, partNo]);
  return shown;
}

/** A part's event may arrive before its picture. */
const RETRY_MS = 120;
const RETRIES_MAX = 4;
const isBehind = (picture: Picture, wanted: PictureWanted): boolean =>
  wanted.partNo !== undefined && picture.partNo !== null && picture.partNo < wanted.partNo;

class PictureLoader {
  private next: PictureWanted | null = null;
  private isLoading = false;
  private isClosed = false;
  private held: string[] = [];
  private retries = 0;

  constructor(private readonly show: (state: PictureState) => void) {}

  want(wanted: PictureWanted): void {
    this.next = wanted;
    if (!this.isLoading) void this.run();
  }

  close(): void {
    this.isClosed = true;
    this.held.forEach((url) => URL.revokeObjectURL(url));
  }

  private async run(): Promise<void> {
    this.isLoading = true;
    while (this.next !== null && !this.isClosed) {
      const wanted = this.next;
      this.next = null;
      try {
        const picture = await load(wanted);
        const old = this.held;
        this.held = [picture.image, picture.overlay].filter((url): url is string => url !== null);
        if (!this.isClosed && isBehind(picture, wanted) && this.next === null && this.retries < RETRIES_MAX) {
          this.retries += 1;
          setTimeout(() => this.isClosed || this.isLoading || this.want(wanted), RETRY_MS);
        } else this.retries = 0;
        if (this.isClosed) this.held.forEach((url) => URL.revokeObjectURL(url));
        else this.show({ state: "ready", picture });
        // The browser may still paint from the old one in this frame.
        setTimeout(() => old.forEach((url) => URL.revokeObjectURL(url)), 2_000);
      } catch (error) {
        const failure = ApiError.from(error);
        // A live picture that the station has no time to make leaves the one before, which says whose it is.
        const isPassing = failure.kind === "busy" && wanted.partNo !== undefined && this.held.length > 0;
        if (!this.isClosed && !isPassing) this.show({ state: "failed", error: failure });
      }
    }
    this.isLoading = false;
  }
}

async function load({ image, overlay }: PictureWanted): Promise<Picture> {
  const [main, heat] = await Promise.all([
    getPicture(image),
    overlay === null ? null : getPicture(overlay).then(orNone).catch(() => null),
  ]);
  const url = URL.createObjectURL(main.blob);
  const size = await decode(url);
  // A heat map of another part would be a false picture.
  const fits = heat !== null && (heat.partNo === null || main.partNo === null || heat.partNo === main.partNo);
  const heatUrl = fits ? URL.createObjectURL(heat.blob) : null;
  if (heatUrl !== null) await decode(heatUrl);
  return { image: url, overlay: heatUrl, partNo: main.partNo, ...size };
}

/** A part that was not scored has no heat map. */
function orNone<T extends { blob: Blob }>(picture: T): T | null {
  return picture.blob.size === 0 ? null : picture;
}

async function decode(url: string): Promise<{ width: number; height: number }> {
  const element = new Image();
  element.src = url;
  await element.decode();
  return { width: element.naturalWidth, height: element.naturalHeight };
}
