// What an address shows that names no page.
import { Link, useLocation } from "wouter";
import { fill } from "../text/fill";
import { useText } from "../text/language";

export function NotFoundPage() {
  const text = useText();
  const [path] = useLocation();
  return (
    <div className="notice">
      <h1>{text.shell.not_found_title}</h1>
      <p>{fill(text.shell.not_found_body, { path })}</p>
      <Link href="/">{text.shell.go_live}</Link>
    </div>
  );
}
