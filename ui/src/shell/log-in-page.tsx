// Logging in: a name to tap or to type, a password, one button. Made for gloves and for one glance.
import { ActionIcon, Button, TextInput } from "@mantine/core";
import { type FormEvent, useRef, useState } from "react";
import { ApiError } from "../api/client";
import { type Account, useLogIn, useSession } from "../api/session";
import { fill } from "../text/fill";
import { useText } from "../text/language";
import { OwnWords } from "./own-words";
import { useNow } from "./use-now";
import { EyeIcon, PersonIcon, WarningIcon } from "./icons";
import { type LogInTrouble, logInTrouble, namesAfter, namesFrom, secondsUntil } from "./log-in-data";

/** Makes an account. */
const COMMAND = "inspector account add";
const NAMES_KEY = "inspector.names";

/** Names that logged in at this browser: a tap instead of typing with gloves on. */
function useNames() {
  const [names, setNames] = useState(() => namesFrom(localStorage.getItem(NAMES_KEY)));
  const keep = (next: string[]) => {
    localStorage.setItem(NAMES_KEY, JSON.stringify(next));
    setNames(next);
  };
  return { names, add: (name: string) => keep(namesAfter(names, name)), forget: () => keep([]) };
}

/** `ended` where a page stands behind it: who was logged in there, if anybody. */
export function LogInPage({ ended }: { ended?: { account: Account | null } }) {
  const text = useText();
  const { isSilent } = useSession();
  const known = useNames();
  const logIn = useLogIn();
  const now = useNow();
  const [name, setName] = useState(ended?.account?.name ?? "");
  const [password, setPassword] = useState("");
  const [until, setUntil] = useState(0);
  const [isMissing, setMissing] = useState(false);
  const nameField = useRef<HTMLInputElement>(null);
  const passwordField = useRef<HTMLInputElement>(null);
  const waitS = secondsUntil(until, now);
  const choose = (next: string) => {
    setName(next);
    passwordField.current?.focus();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const given = { name: name.trim(), password };
    setMissing(given.name === "" || given.password === "");
    if (given.name === "") return nameField.current?.focus();
    if (given.password === "") return passwordField.current?.focus();
    if (waitS > 0 || logIn.isPending) return;
    logIn.mutate(given, {
      onSuccess: () => known.add(given.name),
      onError: (error) => {
        const { waitS: wait } = ApiError.from(error);
        setUntil(wait === null ? 0 : Date.now() + 1_000 * wait);
        setPassword("");
        passwordField.current?.focus();
      },
    });
  };
  const trouble = isMissing ? { title: text.log_in.missing, todo: "", command: null, own: null }
    : logIn.error !== null ? logInTrouble(text, ApiError.from(logIn.error), waitS)
    : isSilent ? logInTrouble(text, new ApiError("offline", ""), 0) : null;
  return (
    <form className="log-in" onSubmit={submit} noValidate>
      <h1>{ended === undefined ? text.log_in.title : text.log_in.ended_title}</h1>
      <p className="quiet">{leadOf(ended)} {ended === undefined && <code>{COMMAND}</code>}</p>
      {known.names.length > 0 && <Names names={known.names} chosen={name} onChoose={choose} onForget={known.forget} />}
      <div className="log-in-fields">
      <TextInput ref={nameField} size="xl" label={text.log_in.name} value={name} onChange={(event) => setName(event.currentTarget.value)} name="username" autoComplete="username" autoCapitalize="none" spellCheck={false} maxLength={64} autoFocus={name === ""} />
      <PasswordField value={password} onChange={setPassword} field={passwordField} autoFocus={name !== ""} />
      </div>
      {trouble !== null && <Trouble trouble={trouble} />}
      <Button type="submit" size="xl" loading={logIn.isPending} disabled={waitS > 0}>{waitS > 0 ? fill(text.log_in.wait_short, { seconds: waitS }) : text.log_in.go}</Button>
    </form>
  );

  function leadOf(of: typeof ended): string {
    if (of === undefined) return text.log_in.lead;
    return of.account === null ? text.log_in.ended : fill(text.log_in.ended_by, { name: of.account.name });
  }
}

interface NamesProps {
  names: readonly string[];
  chosen: string;
  onChoose: (name: string) => void;
  onForget: () => void;
}

function Names({ names, chosen, onChoose, onForget }: NamesProps) {
  const text = useText();
  return (
    <div role="group" aria-label={text.log_in.who}>
      <div className="log-in-head"><span className="label">{text.log_in.who}</span><Button variant="subtle" onClick={onForget}>{text.log_in.forget}</Button></div>
      <div className="log-in-names">
        {names.map((name) => (
          <button key={name} type="button" className="log-in-name" data-named="" aria-pressed={name === chosen} onClick={() => onChoose(name)}><PersonIcon /><span>{name}</span></button>
        ))}
      </div>
    </div>
  );
}

interface PasswordFieldProps {
  value: string;
  onChange: (password: string) => void;
  field: React.Ref<HTMLInputElement>;
  autoFocus: boolean;
}

function PasswordField({ value, onChange, field, autoFocus }: PasswordFieldProps) {
  const text = useText();
  const [isShown, setShown] = useState(false);
  const label = isShown ? text.log_in.hide : text.log_in.show;
  return (
    <TextInput
      ref={field} size="xl" type={isShown ? "text" : "password"} label={text.log_in.password} value={value} onChange={(event) => onChange(event.currentTarget.value)} name="password" autoComplete="current-password" autoCapitalize="none" spellCheck={false} maxLength={128} autoFocus={autoFocus}
      rightSectionWidth={60} rightSection={<ActionIcon size={48} variant="subtle" aria-label={label} title={label} aria-pressed={isShown} onClick={() => setShown(!isShown)}><EyeIcon /></ActionIcon>}
    />
  );
}

function Trouble({ trouble }: { trouble: LogInTrouble }) {
  return (
    <div className="log-in-trouble" role="alert">
      <WarningIcon />
      <div><b>{trouble.title}</b>{trouble.todo !== "" && <span>{trouble.todo}{trouble.command !== null && <> <code>{trouble.command}</code></>}</span>}<OwnWords words={trouble.own} /></div>
    </div>
  );
}
