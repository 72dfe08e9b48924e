// What the service answers to a learner with a run of 16 days, on Saturday 21 November 2026, for tests.
import type { HttpHandler } from 'msw'

import type { Answer } from '@/api/client'
import { answers } from '@/testing/server'

export type Streak = Extract<Answer<'/api/progress/streak'>, { current_streak: number }>

export const STREAK: Streak = {
  current_streak: 16, longest_streak: 41, state: 'active', met_today: false, paused: false, last_exercise_date: '2026-11-20',
  freezes: 1, freezes_pending: 0, next_freeze_in_days: 5, expires_at: '2026-11-22T23:00:00Z', local_day: '2026-11-21',
  timezone: 'Europe/Berlin', repairable_until: null, month: '2026-11', from: '2026-11-01', to: '2026-11-30', today: '2026-11-21',
  calendar: [
    { day: '2026-11-11', state: 'frozen', reason: 'Server words', code: 'frozen', values: {} },
    { day: '2026-11-20', state: 'met', reason: 'Server words', code: 'met', values: { run: 16 } },
    { day: '2026-11-21', state: 'open', reason: 'Server words', code: 'open', values: { run: 16 } },
  ],
}

export const PROGRESS: Answer<'/api/progress'> = {
  learner_id: 'ada', timezone: 'Europe/Berlin', zone_source: 'claim', local_day: '2026-11-21', revision: 8,
  exercises_completed: 64, exercises_today: 3, minutes: 350, seconds: 21043, points: 640, achievement_points: 20, hints_used: 63,
  streak: STREAK,
  grades: { average: 81.41, recent_average: 81.61, graded: 64 },
  achievements: { unlocked: 2, total: 2, latest: null, next: null },
  skills: [],
  goals: { active: 0, met_this_period: 0, next: null },
}

export const FEATURES: Answer<'/api/features'> = {
  version: '0.1.0', week_start: 'monday', unknown_kinds: 'accept', features: { goals: true, analytics: true },
  limits: {
    body_bytes: 1, body_values: 1, small_body_bytes: 1, small_body_values: 1, batch_activities: 1, metadata_bytes: 1, page_items: 1, window_days: 400, topics: 1, learner_backdate_days: 1, learner_hours_a_day: 12, learner_activities_a_day: 5000,
    earliest_day: '2000-01-01', future_tolerance_minutes: 1, learner_void_hours: 1, goals: 1, tasks: 1, categories: 1,
    slots_of_a_task: 1, slots_of_a_day: 1, due_tasks_of_a_day: 1, spaces: 1, milestones: 1, shares: 1, pause_days: 1,
    calendar_days: 62, reads_at_once: 4, changes_at_once: 2, exports_at_once: 1, streams_at_once: 1, idempotency_keys: 1, idempotency_key_days: 1, notice_days: 1, goals_with_archived: 1, changes_of_a_goal: 1,
    slots: 1, completed_tasks_of_a_day: 1, focus_slots_of_a_day: 1, focus_days: 1, spaces_with_deleted: 1, spaces_of_a_goal: 1, groups: 1, members_of_a_group: 1,
    paused_days_in_window: 1, pause_window_days: 1, pause_ahead_days: 1, zones: 1, zone_change_hours: 1,
  },
  quotas: [],
}

export const WEEK: Answer<'/api/activities/summary'> = {
  from: '2026-11-16', to: '2026-11-21', today: '2026-11-21', activities: 9, minutes: 260, seconds: 15600, by_type: [],
  trend: [
    { day: '2026-11-16', activities: 3, minutes: 120, seconds: 7200 },
    { day: '2026-11-20', activities: 5, minutes: 128, seconds: 7680 },
    { day: '2026-11-21', activities: 1, minutes: 12, seconds: 720 },
  ],
  engagement: {
    active_days: 3, active_days_percent: 50, activities_per_active_day: 3, minutes_per_active_day: 86.6,
    activities_change_percent: null, minutes_change_percent: null,
  },
}

export const GOAL: Answer<'/api/goals/progress'>[number] = {
  goal_id: 'g1', name: 'Twenty exercises', target_type: 'exercises', target_value: 20,
  period: { start: '2026-11-16', end: '2026-11-22' }, achieved_value: 11, percent_complete: 55, status: 'behind',
}

const ESTIMATE = {
  state: 'expected', p10: '2026-11-23', p50: '2026-11-25', p90: '2026-11-29', likely_from: '2026-11-23', likely_until: '2026-11-29',
  within_60_percent: 99, text: 'Server words', code: 'expected',
  values: {
    within_60_percent: 99, p50: '2026-11-25', likely_from: '2026-11-23', likely_until: '2026-11-29', grade_missing: 0, min_days: 3,
    of_days: 28, counted: 'exercises_completed', topic: null,
  },
} as const

export const PREDICTIONS: Answer<'/api/progress/predictions'> = {
  next_achievement: { code: 'ranger', title: 'Recursion Ranger', metric: 'exercises', now: 21, needed: 25, percent: 84, estimate: ESTIMATE },
  other_achievements: [],
  next_level: { topic: 'Data structures', level: 'advanced', exercises_missing: 4, grade_missing: 0, estimate: ESTIMATE },
}

export const ACHIEVEMENTS: Extract<Answer<'/api/progress/achievements'>, { unlocked: number }> = {
  unlocked: 0, total: 1, points: 0, rarity_as_of: null,
  achievements: [
    {
      code: 'ranger', title: 'Recursion Ranger', description: 'Twenty-five exercises on recursion.', category: 'practice', tier: 'silver',
      points: 20, icon: 'star', secret: false, unlocked: false, unlocked_at: null, earned_on: null,
      progress: { now: 21, needed: 25, percent: 84 }, rarity_percent: null,
    },
  ],
}

const DAY: Answer<'/api/progress/history'>['days'][number] = {
  snapshot_date: '2026-11-21', exercises_completed: 64, exercises_today: 3, minutes: 350, seconds: 21000, minutes_today: 12,
  seconds_today: 720, average_grade: 81, average_grade_today: null, hints_used: 63, points: 640,
}

export const HISTORY: Answer<'/api/progress/history'> = {
  from: '2026-11-20', to: '2026-11-21', today: '2026-11-21',
  days: [{ ...DAY, snapshot_date: '2026-11-20', minutes_today: 48, exercises_today: 1 }, DAY],
}

export const FEED: Answer<'/api/activities'> = {
  from: null, to: null, today: '2026-11-21', next: null,
  activities: [
    {
      id: 'a1', sender: 'tutor', verb: 'completed', object_type: 'exercise', occurred_at: '2026-11-20T18:42:00Z', local_day: '2026-11-20',
      points: 15, topic: 'sorting', duration_seconds: 840, value: 75,
    },
  ],
}

const PLANNED: Answer<'/api/calendar-days'> = {
  from: '2026-11-21', to: '2026-11-21', today: '2026-11-21',
  days: [
    {
      total_scheduled_minutes: 0, completed_scheduled_minutes: 0, focus_minutes: 0, focus_slot_minutes: 0, completed_tasks_count: 1,
      due_tasks_count: 3, due_completed_tasks_count: 1, day: '2026-11-21', focus_slots: [], scheduled_slots: [], due_tasks: [], has_more: false,
    },
  ],
}

export const INSIGHTS: Answer<'/api/progress/insights'> = {
  from: '2026-08-24', to: '2026-11-21', active_days: 22, note: null,
  insights: [
    {
      kind: 'consistency', code: 'consistency', text: 'Server words', numbers: { active_days: 22, days: 28 },
      values: { active_days: 22, days: 28 },
    },
  ],
}

/** Answers to everything that Home asks. Handlers given before them win. */
export const HOME: readonly HttpHandler[] = [
  answers('get', '/api/progress', PROGRESS),
  answers('get', '/api/progress/streak', STREAK),
  answers('get', '/api/features', FEATURES),
  answers('get', '/api/activities/summary', WEEK),
  answers('get', '/api/calendar-days', PLANNED),
  answers('get', '/api/goals/progress', [GOAL]),
  answers('get', '/api/progress/predictions', PREDICTIONS),
  answers('get', '/api/progress/achievements', ACHIEVEMENTS),
  answers('get', '/api/progress/insights', INSIGHTS),
  answers('get', '/api/progress/recommendations', { recommendations: [] }),
  answers('get', '/api/progress/history', HISTORY),
  answers('get', '/api/activities', FEED),
]
