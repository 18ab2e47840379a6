// Starts the web app.
import "@mantine/core/styles.css";
import "./look.css";
import "./look-widgets.css";
import "./look-teach.css";
import "./look-line.css";
import "./look-quality.css";
import "./look-review.css";
import "./look-judged.css";
import "./look-operator.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app";

const root = document.getElementById("root");
if (root) createRoot(root).render(<StrictMode><App /></StrictMode>);
