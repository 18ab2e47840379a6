// Since when rejects are more or fewer, what happened near it, and which parts are suspect.
import { Button } from "@mantine/core";
import { Link } from "wouter";
import { may, useAccount } from "../../api/session";
import type { Change, Quality } from "../../api/types";
import * as format from "../../format";
import { DownloadIcon } from "../../shell/icons";
import { fill } from "../../text/fill";
import type { Catalogue } from "../../text/en";
import { useText } from "../../text/language";
import { Facts, Panel } from "../../widgets/panel";
import { OwnWords } from "../../shell/own-words";
import { PartIdText } from "../../widgets/part-id";
import { distanceWords, shareOf, shareWords, suspectAddresses } from "./quality-data";

export function SincePanel({ quality, style }: { quality: Quality; style: string }) {
  const text = useText();
  if (quality.change !== null) return <Panel className="wide since" title={text.quality_since.title}><ChangeTold quality={quality} change={quality.change} style={style} /></Panel>;
  const words = quality.change_missing === null ? text.quality_since.none : text.quality_missing[quality.change_missing];
  return <Panel className="wide since" title={text.quality_since.title}><p>{words}</p></Panel>;
}

function ChangeTold({ quality, change, style }: { quality: Quality; change: Change; style: string }) {
  const text = useText();
  const isWorse = shareOf(change.after) > shareOf(change.before);
  const time = format.dateTime(change.first.triggered_at_us);
  const share = (of: Change["before"]) => fill(text.quality_since.shares, { share: shareWords(shareOf(of)), rejected: format.whole(of.rejected), parts: format.whole(of.parts) });
  const part = (of: Change["first"]) => <><Link href={`/parts/${of.id}`}><PartIdText id={of.part_id} /></Link> <span className="mono quiet">{format.dateTime(of.triggered_at_us)}</span></>;
  const addresses = suspectAddresses(quality, style);
  const isExporter = may(useAccount(), "teach");
  return (
    <div className="since-body">
      <div>
        <p className="since-head" data-worse={isWorse || undefined}>{fill(isWorse ? text.quality_since.worse : text.quality_since.better, { time })}</p>
        <Facts facts={[
          { name: text.quality_since.before, value: share(change.before) },
          { name: text.quality_since.after, value: share(change.after) },
          { name: isWorse ? text.quality_since.first : text.quality_since.first_better, value: part(change.first) },
          { name: text.quality_since.earliest, value: part(change.earliest) },
        ]} />
        {change.version_before !== null && change.first.version !== null && change.version_before !== change.first.version && (
          <p>{fill(text.quality_since.version, { before: change.version_before, after: change.first.version })}</p>
        )}
        <p className="quiet">{fill(text.quality_since.chance, { chance: shareWords(change.chance) })}</p>
        {addresses !== null && (
          <div className="button-row since-parts">
            <span className="tall">{fill(text.quality_since.suspects, { count: format.whole(change.suspects) })}</span>
            <Button component={Link} href={addresses.list} variant="default">{text.quality_since.list}</Button>
            {isExporter && <Button component="a" href={addresses.csv} download variant="default" leftSection={<DownloadIcon />}>{text.quality_since.csv}</Button>}
          </div>
        )}
      </div>
      <Happened change={change} />
    </div>
  );
}

type Event = keyof Catalogue["quality_event"];
const EVENTS: Event[] = ["recipe_applied", "settings_changed", "line_restarted", "model_taught", "job_started"];

function Happened({ change }: { change: Change }) {
  const text = useText();
  const name = (code: string): string => text.quality_event[EVENTS.find((each) => each === code) ?? "alarm"];
  const apart = (at: number): string => {
    const us = at - change.first.triggered_at_us;
    return fill(us < 0 ? text.quality_since.distance_before : text.quality_since.distance_after, { time: distanceWords(us) });
  };
  if (change.happened.length === 0) return <div><h3 className="label">{text.quality_since.happened}</h3><p className="quiet">{text.quality_since.nothing}</p></div>;
  return (
    <div className="table-frame">
      <h3 className="label">{text.quality_since.happened}</h3>
      <table className="table">
        <thead><tr><th>{text.quality_since.when}</th><th>{text.quality_since.what}</th></tr></thead>
        <tbody>
          {change.happened.map((each, index) => (
            <tr key={index}>
              <td className="numbers">{apart(each.at_us)}<span className="gap-told mono">{format.dateTime(each.at_us)}</span></td>
              <td>{name(each.code)}<span className="gap-told"><OwnWords words={each.message} /></span></td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
