// Why the station did not do what was asked.
import { Alert } from "@mantine/core";
import { ApiError } from "../api/client";
import { useText } from "../text/language";
import { OwnWords } from "../shell/own-words";

export function Refusal({ failure }: { failure: Error | null }) {
  const text = useText();
  if (failure === null) return null;
  const error = ApiError.from(failure);
  return <Alert color="red" role="alert">{text.error[error.kind]}<OwnWords words={error.message} /></Alert>;
}
