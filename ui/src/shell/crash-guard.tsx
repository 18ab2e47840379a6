// Keeps the shell alive when a page throws, and says so.
import { Button } from "@mantine/core";
import { Component, type ReactNode } from "react";
import { fill } from "../text/fill";
import { useText } from "../text/language";

export class CrashGuard extends Component<{ children: ReactNode }, { error: Error | null }> {
  override state: { error: Error | null } = { error: null };

  static getDerivedStateFromError(error: Error) {
    return { error };
  }

  override render() {
    return this.state.error === null ? this.props.children : <CrashNotice message={this.state.error.message} />;
  }
}

function CrashNotice({ message }: { message: string }) {
  const text = useText();
  return (
    <div className="notice" role="alert">
      <h1>{text.shell.crashed_title}</h1>
      <p>{fill(text.shell.crashed_body, { message })}</p>
      <Button onClick={() => location.reload()}>{text.shell.reload}</Button>
    </div>
  );
}
