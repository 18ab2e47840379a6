// The whole screen for one part. Where a browser does not give it, at least the whole window.
import { useEffect, useState } from "react";

export function useFullScreen() {
  const [isFull, setFull] = useState(false);
  useEffect(() => {
    // Escape leaves it without asking the page.
    const onChange = () => setFull(document.fullscreenElement !== null);
    document.addEventListener("fullscreenchange", onChange);
    return () => {
      document.removeEventListener("fullscreenchange", onChange);
      if (document.fullscreenElement !== null) void document.exitFullscreen();
    };
  }, []);
  const enter = () => {
    setFull(true);
    void document.documentElement.requestFullscreen?.().catch(() => undefined);
  };
  const leave = () => {
    setFull(false);
    if (document.fullscreenElement !== null) void document.exitFullscreen();
  };
  return { isFull, leave, toggle: isFull ? leave : enter };
}
