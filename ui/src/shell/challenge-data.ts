// What is said of challenge parts that are due. No markup.
import type { ChallengeStatus } from "../api/types";
import { timeOfDay } from "../format";
import type { Catalogue } from "../text/en";
import { fill } from "../text/fill";

export interface ChallengeWords {
  title: string;
  missing: string;
  since: string;
}

export function challengeWords(text: Catalogue, challenge: ChallengeStatus): ChallengeWords {
  const part = ({ part_id, must_pass }: ChallengeStatus["parts"][number]) => fill(must_pass ? text.due.must_pass : text.due.must_fail, { id: part_id });
  const left = challenge.parts.filter((it) => !it.is_brought).map(part);
  const known = text.due_why[challenge.why as keyof Catalogue["due_why"]] as string | undefined;
  const why = known ?? challenge.why;
  const since = fill(text.due.since, { time: timeOfDay(challenge.since_us), why });
  const until = fill(text.due.until, { time: timeOfDay(challenge.accepts_until_us) });
  return {
    title: challenge.is_overdue ? text.due.overdue : text.due.title,
    missing: left.length === 0 ? "" : fill(text.due.missing, { parts: left.join(text.due.between) }),
    since: challenge.is_overdue ? since : `${since} ${until}`,
  };
}
