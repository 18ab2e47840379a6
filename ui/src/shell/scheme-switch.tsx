// Light colours or dark ones.
import { ActionIcon, useComputedColorScheme, useMantineColorScheme } from "@mantine/core";
import { useText } from "../text/language";
import { MoonIcon, SunIcon } from "./icons";

export function SchemeSwitch() {
  const text = useText();
  const { setColorScheme } = useMantineColorScheme();
  const isDark = useComputedColorScheme("light") === "dark";
  const label = isDark ? text.shell.to_light : text.shell.to_dark;
  return (
    <ActionIcon className="bar-button" size={44} variant="transparent" aria-label={label} title={label} onClick={() => setColorScheme(isDark ? "light" : "dark")}>
      {isDark ? <SunIcon /> : <MoonIcon />}
    </ActionIcon>
  );
}
