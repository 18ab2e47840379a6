// What the Teach page asks the station for. Every answer says how things stand then.
import { type UseMutationResult, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { address, deleteJson, getJson, postBytes, postJson } from "./client";
import { type Fetched, fetchedFrom } from "./fetched";
import type { ImageKind, LessonBegun, ModelWanted, MoreImages, RejectsWanted, TaughtUse, TeachingStatus, VersionCreated } from "./types";

export const TEACHING_KEY = ["teaching"];
const PATH = "/api/teaching";
const ASK_EVERY_MS = 700;
/** Loading a model beside a running line takes a while on a small computer. */
const LOAD_LIMIT_MS = 60_000;
/** As long as the station waits for a file, and a little for its disk. */
const FILE_LIMIT_MS = 75_000;

export function useTeaching(): Fetched<TeachingStatus> {
  return fetchedFrom(useQuery({ queryKey: TEACHING_KEY, queryFn: () => getJson<TeachingStatus>(PATH), refetchInterval: ASK_EVERY_MS }));
}

type Doing<T> = UseMutationResult<TeachingStatus, Error, T>;

function useDoing<T>(work: (what: T) => Promise<TeachingStatus>): Doing<T> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: work,
    onSuccess: (status) => client.setQueryData(TEACHING_KEY, status),
    onError: () => client.invalidateQueries({ queryKey: TEACHING_KEY }),
  });
}

export const useBegin = (): Doing<LessonBegun> => useDoing((lesson) => postJson(PATH, lesson));
export const useMoreImages = (): Doing<MoreImages> => useDoing((more) => postJson(`${PATH}/images`, more));
export const useRecallRejects = (): Doing<RejectsWanted> => useDoing((wanted) => postJson(`${PATH}/defects`, wanted));
export const useTeach = (): Doing<ModelWanted> => useDoing((model) => postJson(`${PATH}/model`, model));
export const useStop = (): Doing<number> => useDoing((lesson) => postJson(`${PATH}/stop`, { lesson }));
export const useDiscard = (): Doing<number> => useDoing((lesson) => deleteJson(PATH, { lesson }));
export const useThrowOut = (): Doing<{ lesson: number; n: number }> => useDoing(({ lesson, n }) => deleteJson(`${PATH}/${lesson}/images/${n}`, {}));

export function useUseModel() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (use: TaughtUse) => postJson<VersionCreated>(`${PATH}/use`, use, LOAD_LIMIT_MS),
    onSettled: () => Promise.all(["teaching", "recipes", "histogram"].map((key) => client.invalidateQueries({ queryKey: [key] }))),
  });
}

/** Sends the bytes of one image file; it is in the lesson, or refused. */
export const sendFile = (lesson: number, kind: ImageKind, name: string, bytes: ArrayBuffer): Promise<TeachingStatus> =>
  postBytes(address(`${PATH}/${lesson}/files`, { kind, name }), bytes, FILE_LIMIT_MS);

export const lessonImageAddress = (lesson: number, n: number, width: number): string => `${PATH}/${lesson}/images/${n}?width=${width}`;
