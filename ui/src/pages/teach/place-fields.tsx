// Where in the frames the model shall look, in numbers.
import { Checkbox, Textarea, TextInput } from "@mantine/core";
import { useText } from "../../text/language";
import { type PlaceText, placeOf } from "./place-data";

export function PlaceFields({ value, onChange, isTried }: { value: PlaceText; onChange: (next: PlaceText) => void; isTried: boolean }) {
  const text = useText();
  const found = placeOf(value);
  const wrong = isTried && "wrong" in found ? found.wrong : null;
  return (
    <>
      <TextInput
        label={text.teach.region} description={text.teach.region_hint} value={value.region} error={wrong === "region" ? text.teach.region_wrong : null}
        onChange={(event) => onChange({ ...value, region: event.currentTarget.value })} name="region" inputMode="text" placeholder="320, 180, 640, 480"
      />
      <Textarea
        label={text.teach.ignore} description={text.teach.ignore_hint} value={value.ignore} error={wrong === "ignore" ? text.teach.ignore_wrong : null}
        onChange={(event) => onChange({ ...value, ignore: event.currentTarget.value })} name="ignore" rows={2} placeholder="400, 200, 80, 40"
      />
      <Checkbox label={text.teach.in_mm} checked={value.isMm} onChange={(event) => onChange({ ...value, isMm: event.currentTarget.checked })} name="in_mm" />
    </>
  );
}
