// Where somebody enters his name. Not shown where an account is logged in: then it is he.
import { TextInput } from "@mantine/core";
import type { ReactNode, Ref } from "react";
import { useAccount } from "../api/session";

interface AuthorFieldProps {
  value: string;
  onChange: (author: string) => void;
  /** Not given where there is no room for it: then `name` stands in the field. */
  label?: string;
  description?: string;
  placeholder?: string;
  error?: ReactNode;
  name?: string;
  ref?: Ref<HTMLInputElement> | undefined;
}

export function AuthorField({ value, onChange, placeholder, name = "author", ...rest }: AuthorFieldProps) {
  if (useAccount() !== null) return null;
  const named = placeholder === undefined ? {} : { placeholder, "aria-label": placeholder };
  return <TextInput required value={value} onChange={(event) => onChange(event.currentTarget.value)} name={name} autoComplete="name" maxLength={80} {...named} {...rest} />;
}
