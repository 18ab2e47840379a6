// The look of Mantine's own components. Colours of the pages stand in `look.css`.
import { createTheme, type MantineColorsTuple } from "@mantine/core";

const petrol: MantineColorsTuple = [
  "#e6f3f5", "#cfe4e8", "#a0c8d0", "#6dabb7", "#4494a3", "#2a8596", "#187d90", "#056b7d", "#005f70", "#005261",
];
/** Greys with the ink's hue, so that Mantine's own surfaces match the pages. */
const dark: MantineColorsTuple = [
  "#e4ecee", "#c3d0d4", "#96abb2", "#6d848c", "#4c646d", "#3d545e", "#1d323b", "#14232a", "#0d181d", "#081318",
];
const FONTS = '"Inter", "IBM Plex Sans", "Segoe UI", Roboto, "Noto Sans", "Noto Sans SC", "Noto Sans TC", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", "Microsoft JhengHei", sans-serif';
const MONO = '"JetBrains Mono", "IBM Plex Mono", "Cascadia Mono", "DejaVu Sans Mono", "Noto Sans Mono", "Noto Sans Mono CJK SC", monospace';

export const theme = createTheme({
  colors: { petrol, dark },
  primaryColor: "petrol",
  primaryShade: { light: 7, dark: 6 },
  fontFamily: FONTS,
  fontFamilyMonospace: MONO,
  defaultRadius: 3,
  cursorType: "pointer",
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: "md" } },
    Select: { defaultProps: { size: "md", comboboxProps: { shadow: "md" } } },
    TextInput: { defaultProps: { size: "md" } },
    Textarea: { defaultProps: { size: "md" } },
    NumberInput: { defaultProps: { size: "md" } },
  },
});
