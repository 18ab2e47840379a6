// Starts the web app.
import "./mantine.css";
import "./look.css";
import "./look-widgets.css";
import "./look-review.css";
import "./look-operator.css";
import "./look-account.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app";
import { fetchLater } from "./pages/lazy";
import { startReading } from "./text/language";

const root = document.getElementById("root");
if (root) {
  void startReading().then((start) => {
    createRoot(root).render(<StrictMode><App start={start} /></StrictMode>);
    fetchLater();
  });
}
