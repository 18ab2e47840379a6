// Starts the web app.
import "./mantine.css";
import "./look.css";
import "./look-widgets.css";
import "./look-review.css";
import "./look-operator.css";
import "./look-account.css";
import { startApp } from "./app";

const root = document.getElementById("root");
if (root) void startApp(root);
