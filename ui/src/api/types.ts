// The one door to the generated API types. `schema.d.ts` comes from `openapi.json` (`npm run types`).
import type { components } from "./schema";

type Schemas = components["schemas"];
/** The server writes every field, `null` included, so an optional field of the schema is a nullable one here. */
type Whole<T> = T extends (infer E)[]
  ? Whole<E>[]
  : T extends object
    ? { [K in keyof T]-?: Whole<Exclude<T[K], undefined>> }
    : T;

export type StationStatus = Whole<Schemas["StationStatus"]>;
export type Place = Whole<Schemas["Place"]>;
export type PartSummary = Whole<Schemas["PartSummary"]> & { review?: ReviewMark | null };
export type PartDetail = Whole<Schemas["PartDetail"]> & { review?: ReviewMark | null; reviews: Review[]; drawn: number | null; classes: string[] };
export type ViewResult = PartDetail["view_results"][number];
export type Finding = ViewResult["findings"][number];
export type ResultsPage = Omit<Whole<Schemas["ResultsPage"]>, "items"> & { items: PartSummary[] };
export type Facets = Whole<Schemas["Facets"]>;
export type RecipeVersions = Whole<Schemas["RecipeVersions"]>;
export type RecipeVersion = RecipeVersions["versions"][number];
export type Quality = Whole<Schemas["Quality"]>;
export type GroupPoint = Quality["chart"]["points"][number];
export type RejectShare = Quality["total"];
export type NamedShare = Quality["styles"][number];
export type Change = NonNullable<Quality["change"]>;
export type Histogram = Whole<Schemas["Histogram"]>;
export type WouldChange = Whole<Schemas["WouldChange"]>;
export type ChangedPart = WouldChange["items"][number];
export type NewVersion = Whole<Schemas["NewVersion"]>;
export type EarlierWanted = Whole<Schemas["EarlierWanted"]>;
export type VersionCreated = Whole<Schemas["VersionCreated"]>;
export type TeachingStatus = Whole<Schemas["TeachingStatus"]>;
export type Lesson = NonNullable<TeachingStatus["lesson"]>;
export type LessonImage = Lesson["images"][number];
export type ImageKind = Schemas["ImageKind"];
export type FileRefused = Whole<Schemas["FileRefused"]>;
export type RejectsWanted = Whole<Schemas["RejectsWanted"]>;
export type Study = NonNullable<TeachingStatus["study"]>;
export type TaughtModel = NonNullable<Lesson["taught"]>;
export type Evidence = NonNullable<TaughtModel["evidence"]>;
export type CurvePoint = Evidence["curve"][number];
export type Counted = CurvePoint["good"];
export type LessonBegun = Whole<Schemas["LessonBegun"]>;
export type MoreImages = Whole<Schemas["MoreImages"]>;
export type ModelWanted = Whole<Schemas["ModelWanted"]>;
export type TaughtUse = Whole<Schemas["TaughtUse"]>;
export type Sorting = Whole<Schemas["Sorting"]>;
export type SortingRule = Sorting["rules"][number];
export type RulesWanted = Whole<Schemas["RulesWanted"]>;
export type RuleUsed = NonNullable<PartDetail["rule"]>;
export type Verdict = PartSummary["verdict"];
export type Disposition = PartSummary["disposition"];
export type Cause = NonNullable<PartSummary["cause"]>;
export type Alarm = StationStatus["alarms"][number];
export type AlarmSeen = Whole<Schemas["AlarmSeen"]>;
export type RecordedGap = Whole<Schemas["RecordedGap"]>;
export type ChallengeStatus = NonNullable<StationStatus["challenge"]>;
export type RecordedEvent = Whole<Schemas["RecordedEvent"]>;
export type CameraStatus = StationStatus["cameras"][number];
export type ModelStatus = StationStatus["models"][number];
export type QueueStatus = StationStatus["queues"][number];
export type StageStatus = StationStatus["stages"][number];
export type ErrorKind = Schemas["ErrorName"];
export type Access = StationStatus["access"];
export type LineStatus = Whole<Schemas["LineStatus"]>;
export type LineDevice = LineStatus["devices"][number];
export type LineSignal = LineStatus["signals"][number];
export type LineUnseen = NonNullable<LineSignal["unseen"]>;
export type LineEdge = LineSignal["edges"][number];
export type LineEncoder = NonNullable<LineStatus["encoder"]>;
export type LineLane = LineStatus["lanes"][number];
export type LineHandshake = NonNullable<LineDevice["handshake"]>;
export type HandshakeBit = LineHandshake["plc"][number];
export type HandshakeWait = NonNullable<LineHandshake["trigger"]>;
export type Judgement = "defect" | "good" | "cannot_tell";
export type ReviewMark = Judgement | "disputed";
export type Why = "reject" | "not_decided" | "near" | "drawn";
export interface Region { view: string; x: number; y: number; width: number; height: number }
export interface Review {
  id: number; at: string; author: string; judgement: Judgement; class: string | null; region: Region | null; reason: string | null;
  undone: { at: string; author: string; reason: string | null } | null;
}
export interface NewReview { judgement: Judgement; class: string | null; region: Region | null; reason: string | null; author: string }
export interface ReviewMade { id: number; at: string }
export interface Undoing { author: string; reason: string | null }
export interface ReviewPage { waiting: Record<Why, number>; oldest_at: string | null; items: (PartSummary & { why: Why })[]; next: number | null }
export interface ReviewCame { id: number; result_id: number }
