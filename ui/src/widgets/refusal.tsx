// Why the station did not do what was asked.
import { Alert } from "@mantine/core";
import { ApiError } from "../api/client";
import { useText } from "../text/language";

export function Refusal({ failure }: { failure: Error | null }) {
  const text = useText();
  if (failure === null) return null;
  const error = ApiError.from(failure);
  const words = error.message === "" ? text.error[error.kind] : `${text.error[error.kind]}: ${error.message}`;
  return <Alert color="red" role="alert">{words}</Alert>;
}
