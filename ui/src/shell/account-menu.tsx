// Who is logged in, in the bar: name and role; a tap shows what the role may do, and logs out.
import { Button } from "@mantine/core";
import { useEffect, useId, useRef, useState } from "react";
import { useLocation } from "wouter";
import { ApiError } from "../api/client";
import { type Account, useLogOut } from "../api/session";
import { fill } from "../text/fill";
import { useText } from "../text/language";
import { PersonIcon } from "./icons";
import { OwnWords } from "./own-words";
import { SchemeSwitch } from "./scheme-switch";

export function AccountMenu({ account }: { account: Account }) {
  const text = useText();
  const [isOpen, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const panel = useId();
  useEffect(() => {
    if (!isOpen) return;
    const close = (event: Event) => {
      const isOutside = event.type === "pointerdown" && !root.current?.contains(event.target as Node);
      if (isOutside || (event instanceof KeyboardEvent && event.key === "Escape")) setOpen(false);
    };
    addEventListener("pointerdown", close);
    addEventListener("keydown", close);
    return () => {
      removeEventListener("pointerdown", close);
      removeEventListener("keydown", close);
    };
  }, [isOpen]);
  const role = text.role[account.role];
  return (
    <div className="account" ref={root}>
      <button type="button" className="account-button" aria-expanded={isOpen} aria-controls={panel} aria-label={fill(text.account.open, { name: account.name, role })} title={account.name} onClick={() => setOpen(!isOpen)}>
        <PersonIcon />
        <span className="account-words"><b data-named="">{account.name}</b><span>{role}</span></span>
      </button>
      {isOpen && <AccountPanel id={panel} account={account} />}
    </div>
  );
}

function AccountPanel({ id, account }: { id: string; account: Account }) {
  const text = useText();
  const [, navigate] = useLocation();
  const logOut = useLogOut();
  return (
    <div className="account-panel" id={id}>
      <b data-named="">{account.name}</b>
      <span>{text.role[account.role]}</span>
      <span className="quiet">{text.role_may[account.role]}</span>
      <div className="account-colours"><span>{text.account.colours}</span><SchemeSwitch /></div>
      <Button size="lg" fullWidth loading={logOut.isPending} onClick={() => logOut.mutate(undefined, { onSuccess: () => navigate("/") })}>{text.account.log_out}</Button>
      {logOut.error !== null && <p role="alert">{text.error[ApiError.from(logOut.error).kind]}<OwnWords words={logOut.error.message} /></p>}
    </div>
  );
}
