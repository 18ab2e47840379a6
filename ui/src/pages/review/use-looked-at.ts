// Whether a part has been on the screen long enough to be answered.
import { useEffect, useState } from "react";

/** A second tap on the same place is not an answer to the part that has just come there. */
const LOOK_MS_MIN = 300;

/** True once a part has been on the screen for a moment. */
export function useLookedAt(id: number | null): boolean {
  const [lookedAt, setLookedAt] = useState<number | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => setLookedAt(id), LOOK_MS_MIN);
    return () => clearTimeout(timer);
  }, [id]);
  return lookedAt !== null && lookedAt === id;
}
