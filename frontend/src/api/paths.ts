// The one table of the API's paths that pages use, and which of them a hint of the live stream makes old.
import type { paths } from './generated'

export type Path = keyof paths

/** Parts as hints of the live stream name them (`rules/live.py`). */
export const PARTS = [
  'achievements',
  'activities',
  'goals',
  'history',
  'me',
  'notifications',
  'planner',
  'progress',
  'skills',
  'spaces',
  'streak',
] as const
export type Part = (typeof PARTS)[number]

/** The paths, by their beginnings, that may answer otherwise after a part has changed. */
const READ_FROM: Readonly<Record<Part, readonly string[]>> = {
  achievements: ['/api/progress/achievements', '/api/progress/badges', '/api/progress/predictions'],
  activities: ['/api/activities'],
  goals: ['/api/goals', '/api/composite-goals', '/api/analytics'],
  history: ['/api/progress/history', '/api/progress/analytics', '/api/progress/statistics'],
  me: ['/api/me', '/api/shares'],
  notifications: ['/api/notifications'],
  planner: ['/api/tasks', '/api/categories', '/api/calendar-days', '/api/analytics', '/api/goals'],
  progress: ['/api/progress', '/api/leaderboards', '/api/peers'],
  skills: ['/api/progress/skill-levels', '/api/progress/predictions'],
  spaces: ['/api/spaces', '/api/milestones', '/api/composite-goals'],
  streak: ['/api/progress/streak'],
}

/** Whether the answer of a path may have changed with one of these parts. Rather too often: it costs a 304. */
export function isReadFrom(path: string, parts: readonly Part[]): boolean {
  return parts.some((part) => READ_FROM[part].some((start) => path === start || path.startsWith(`${start}/`)))
}
