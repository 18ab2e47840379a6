// What the Teach page asks the station for. Every answer says how things stand then.
import { type UseMutationResult, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { deleteJson, getJson, postJson } from "./client";
import { type Fetched, fetchedFrom } from "./fetched";
import type { LessonBegun, TaughtUse, ModelWanted, MoreImages, TeachingStatus, VersionCreated } from "./types";

const KEY = ["teaching"];
const PATH = "/api/teaching";
const ASK_EVERY_MS = 700;
/** Loading a model beside a running line takes a while on a small computer. */
const LOAD_LIMIT_MS = 60_000;

export function useTeaching(): Fetched<TeachingStatus> {
  return fetchedFrom(useQuery({ queryKey: KEY, queryFn: () => getJson<TeachingStatus>(PATH), refetchInterval: ASK_EVERY_MS }));
}

type Doing<T> = UseMutationResult<TeachingStatus, Error, T>;

function useDoing<T>(work: (what: T) => Promise<TeachingStatus>): Doing<T> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: work,
    onSuccess: (status) => client.setQueryData(KEY, status),
    onError: () => client.invalidateQueries({ queryKey: KEY }),
  });
}

export const useBegin = (): Doing<LessonBegun> => useDoing((lesson) => postJson(PATH, lesson));
export const useMoreImages = (): Doing<MoreImages> => useDoing((more) => postJson(`${PATH}/images`, more));
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

export const goodImageAddress = (lesson: number, n: number, width: number): string => `${PATH}/${lesson}/images/${n}?width=${width}`;
