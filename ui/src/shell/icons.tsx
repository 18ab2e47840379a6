// The few icons of the app, drawn here so that no icon set is shipped.
import type { ReactNode } from "react";

function Icon({ children }: { children: ReactNode }) {
  return (
    <svg viewBox="0 0 24 24" width="1.25em" height="1.25em" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="square" aria-hidden="true">
      {children}
    </svg>
  );
}
export const MarkIcon = () => (
  <svg viewBox="0 0 32 32" width="30" height="30" aria-hidden="true">
    <path d="M4 11V4h7M21 4h7v7M28 21v7h-7M11 28H4v-7" fill="none" stroke="currentColor" strokeWidth="2.5" />
    <circle cx="16" cy="16" r="5.5" fill="currentColor" />
  </svg>
);
export const SunIcon = () => <Icon><circle cx="12" cy="12" r="4" /><path d="M12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M19 5l-2 2M7 17l-2 2" /></Icon>;
export const MoonIcon = () => <Icon><path d="M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z" /></Icon>;
export const PlusIcon = () => <Icon><path d="M12 5v14M5 12h14" /></Icon>;
export const CrossIcon = () => <Icon><path d="M6 6l12 12M18 6L6 18" /></Icon>;
export const MinusIcon = () => <Icon><path d="M5 12h14" /></Icon>;
export const WholeIcon = () => <Icon><path d="M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5" /></Icon>;
export const CopyIcon = () => <Icon><path d="M9 9h11v11H9zM5 15H4V4h11v1" /></Icon>;
export const CheckIcon = () => <Icon><path d="M5 13l4 4L19 7" /></Icon>;
export const NewerIcon = () => <Icon><path d="M14 6l-6 6 6 6" /></Icon>;
export const OlderIcon = () => <Icon><path d="M10 6l6 6-6 6" /></Icon>;
export const WarningIcon = () => <Icon><path d="M12 4L2.5 20h19zM12 10v4M12 17v.2" /></Icon>;
export const LockIcon = () => <Icon><path d="M5 11h14v9H5zM8 11V8a4 4 0 0 1 8 0v3" /></Icon>;
export const DownloadIcon = () => <Icon><path d="M12 4v11M7 11l5 5 5-5M5 20h14" /></Icon>;
export const PersonIcon = () => <Icon><circle cx="12" cy="8" r="4" /><path d="M4 21c0-9 16-9 16 0" /></Icon>;
export const EyeIcon = () => <Icon><path d="M2 12c5-9 15-9 20 0c-5 9-15 9-20 0z" /><circle cx="12" cy="12" r="3" /></Icon>;
