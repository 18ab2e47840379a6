// A filter that is typed: it takes effect a moment after the last key, and only where it makes sense.
import { TextInput } from "@mantine/core";
import { useEffect, useEffectEvent, useState } from "react";

const WAIT_MS = 250;

interface TypedInputProps {
  label: string;
  placeholder?: string;
  value: string;
  onChange: (value: string) => void;
  isGood?: (typed: string) => boolean;
  /** What is said where it makes no sense. */
  wrong?: string;
  isShort?: boolean;
  inputMode?: "decimal" | "numeric";
  type?: "search";
}

export function TypedInput({ label, placeholder, value, onChange, isGood, wrong, isShort, inputMode, type }: TypedInputProps) {
  const [typed, setTyped] = useState(value);
  const [known, setKnown] = useState({ value, sent: value });
  // Cleared or changed from elsewhere: what is typed follows. What was typed here may be further on by now.
  if (known.value !== value) {
    setKnown({ value, sent: value });
    if (known.sent !== value) setTyped(value);
  }
  const isWrong = isGood !== undefined && !isGood(typed.trim());
  const told = useEffectEvent(() => {
    if (typed.trim() === value || isWrong) return;
    setKnown({ value, sent: typed.trim() });
    onChange(typed.trim());
  });
  // Parts that arrive meanwhile draw the page anew: only a key starts the wait again.
  useEffect(() => {
    const timer = setTimeout(() => told(), WAIT_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <TextInput
      className={isShort === true ? "filter filter-short" : "filter"}
      label={label}
      placeholder={placeholder}
      value={typed}
      error={isWrong ? wrong : null}
      onChange={(event) => setTyped(event.currentTarget.value)}
      inputMode={inputMode}
      type={type}
      maxLength={200}
      spellCheck={false}
      autoComplete="off"
    />
  );
}
