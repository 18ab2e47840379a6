// Sends files one after the other, goes on after one that is not taken, and remembers why.
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { TEACHING_KEY, sendFile } from "../../api/teaching";
import type { ImageKind } from "../../api/types";
import { endsUpload, type RefusedFile, refusedBy } from "./upload-data";

const IDLE = { isRunning: false, done: 0, total: 0, taken: 0, unsent: 0, refused: [] as RefusedFile[] };

async function read(file: File): Promise<ArrayBuffer | null> {
  // A folder looks like a file until it is read.
  return file.arrayBuffer().catch(() => null);
}

export function useUpload(lesson: number, kind: ImageKind, bytesMax: number) {
  const client = useQueryClient();
  const [state, setState] = useState(IDLE);
  const isStopped = useRef(false);
  useEffect(() => {
    isStopped.current = false;
    return () => {
      isStopped.current = true;
    };
  }, []);

  const send = async (file: File): Promise<RefusedFile | null> => {
    if (file.size > bytesMax) return { name: file.name, reason: "too_many_bytes", expected: String(bytesMax), found: String(file.size) };
    const bytes = await read(file);
    if (bytes === null) return { name: file.name, reason: "unreadable", expected: "", found: "" };
    try {
      client.setQueryData(TEACHING_KEY, await sendFile(lesson, kind, file.name, bytes));
      return null;
    } catch (failure) {
      return refusedBy(file.name, failure);
    }
  };

  const start = async (files: File[]) => {
    if (files.length === 0) return;
    isStopped.current = false;
    setState({ ...IDLE, isRunning: true, total: files.length });
    const refused: RefusedFile[] = [];
    let taken = 0;
    let done = 0;
    for (const file of files) {
      if (isStopped.current) break;
      const why = await send(file);
      done += 1;
      if (why === null) taken += 1;
      else refused.push(why);
      setState((before) => ({ ...before, done, taken, refused: [...refused] }));
      if (why !== null && endsUpload(why)) break;
    }
    setState({ isRunning: false, done, total: files.length, taken, unsent: files.length - done, refused });
    await client.invalidateQueries({ queryKey: TEACHING_KEY });
  };

  return {
    ...state,
    start: (files: File[]) => void start(files),
    stop: () => {
      isStopped.current = true;
    },
    forget: () => setState(IDLE),
  };
}
