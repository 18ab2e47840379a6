// A value that a person will want to paste elsewhere, shown short when it is long.
import { CopyButton, UnstyledButton } from "@mantine/core";
import { CheckIcon, CopyIcon } from "../shell/icons";
import { useText } from "../text/language";

export function Copyable({ value, shown }: { value: string; shown?: string }) {
  const text = useText();
  return (
    <CopyButton value={value}>
      {({ copied, copy }) => (
        <UnstyledButton className="copyable" title={value} aria-label={`${copied ? text.detail.copied : text.detail.copy}: ${value}`} onClick={copy}>
          <span className="mono">{shown ?? value}</span>
          {copied ? <CheckIcon /> : <CopyIcon />}
        </UnstyledButton>
      )}
    </CopyButton>
  );
}
