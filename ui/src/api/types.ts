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
export type PartSummary = Whole<Schemas["PartSummary"]>;
export type PartDetail = Whole<Schemas["PartDetail"]>;
export type ViewResult = PartDetail["view_results"][number];
export type Finding = ViewResult["findings"][number];
export type ResultsPage = Whole<Schemas["ResultsPage"]>;
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
export type ThresholdEvidence = Whole<Schemas["ThresholdEvidence"]>;
export type ThresholdOutcome = ThresholdEvidence["asked"];
export type Estimate = ThresholdOutcome["escapes"];
export type Need = ThresholdEvidence["needs"][number];
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
export type Judgement = Schemas["Judgement"];
export type ReviewMark = Schemas["Reviewed"];
export type Why = Schemas["Why"];
export type Region = Whole<Schemas["ReviewRegion"]>;
export type Review = Whole<Schemas["Review"]>;
export type NewReview = Whole<Schemas["NewReview"]>;
export type ReviewMade = Whole<Schemas["ReviewRecorded"]>;
export type Undoing = Whole<Schemas["Undo"]>;
export type ReviewPage = Whole<Schemas["WaitingPage"]>;
export type ReviewCame = Whole<Schemas["ReviewCame"]>;
