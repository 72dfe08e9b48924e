// A client as a frontend writes it, on the types generated from openapi.json. It is compiled strictly and never run.
import type { components, operations, paths } from "./generated/milepost";

type Answer<Name extends keyof operations> = operations[Name] extends {
  responses: { 200: { content: { "application/json": infer Body } } };
}
  ? Body
  : never;

const activity: components["schemas"]["ActivityIn"] = {
  verb: "practised",
  object_type: "session",
  duration_seconds: 600,
  occurred_at: "2026-11-21T18:30:00+01:00",
};

async function call<Name extends keyof operations>(path: keyof paths, init?: RequestInit): Promise<Answer<Name>> {
  const response = await fetch(path, init);
  if (!response.ok) {
    const problem = (await response.json()) as components["schemas"]["Problem"];
    throw new Error(`${problem.code}: ${problem.detail}`);
  }
  return (await response.json()) as Answer<Name>;
}

export async function practise(token: string): Promise<string> {
  const headers = { Authorization: `Bearer ${token}`, "Content-Type": "application/json" };
  const recorded = await call<"recordActivities">("/api/activities", {
    method: "POST",
    headers,
    body: JSON.stringify(activity),
  });
  const progress = await call<"getProgress">("/api/progress", { headers });
  const days: number | undefined = progress.streak?.current_streak;
  const statuses: string[] = recorded.results.map((result) => result.status);
  // A learner in quiet mode is shown no streak.
  return days === undefined ? statuses.join(", ") : `${days} days, ${statuses.join(", ")}`;
}
