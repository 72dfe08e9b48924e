// Every page and its address. Pages are chunks of their own; administration is one that learners never load.
import type { ComponentType } from 'react'
import type { RouteObject } from 'react-router'

import { MissingPage } from './MissingPage'
import { PageError } from './PageError'
import { RoleGate } from './RoleGate'
import { SessionGate } from './session'
import { Shell } from './Shell'
import { loadLater } from '@/words/words'

/** A page that is not Home: its code, and the words and styles that the first load does not have. */
function page(load: () => Promise<ComponentType>): () => Promise<{ Component: ComponentType }> {
  return async () => {
    const [Component] = await Promise.all([load(), loadLater(), import('@/theme/later.css')])
    return { Component }
  }
}

const learnerPages: RouteObject[] = [
  { index: true, lazy: async () => ({ Component: (await import('@/features/overview/HomePage')).HomePage }) },
  { path: 'skills', lazy: page(async () => (await import('@/features/skills/SkillsPage')).SkillsPage) },
  {
    path: 'achievements',
    lazy: page(async () => (await import('@/features/achievements/AchievementsPage')).AchievementsPage),
  },
  { path: 'goals', lazy: page(async () => (await import('@/features/goals/GoalsPage')).GoalsPage) },
  { path: 'planner', lazy: page(async () => (await import('@/features/planner/PlannerPage')).PlannerPage) },
  {
    path: 'analytics',
    lazy: page(async () => (await import('@/features/insight/AnalyticsPage')).AnalyticsPage),
  },
  {
    path: 'activity',
    lazy: page(async () => (await import('@/features/activities/ActivityPage')).ActivityPage),
  },
  {
    path: 'leaderboard',
    lazy: page(async () => (await import('@/features/leaderboards/LeaderboardPage')).LeaderboardPage),
  },
  {
    path: 'settings',
    lazy: page(async () => (await import('@/features/learners/SettingsPage')).SettingsPage),
  },
]

const adminPages: RouteObject = {
  path: 'admin',
  lazy: page(async () => (await import('@/features/operations/AdminPage')).AdminPage),
  children: [
    {
      index: true,
      lazy: page(async () => (await import('@/features/achievements/admin/AdminAchievements')).AdminAchievements),
    },
    { path: 'outages', lazy: page(async () => (await import('@/features/streaks/AdminOutages')).AdminOutages) },
    {
      path: 'learners',
      lazy: page(async () => (await import('@/features/learners/admin/AdminLearners')).AdminLearners),
    },
    { path: 'exercises', lazy: page(async () => (await import('@/features/skills/AdminExercises')).AdminExercises) },
    { path: 'kinds', lazy: page(async () => (await import('@/features/activities/AdminKinds')).AdminKinds) },
    { path: 'jobs', lazy: page(async () => (await import('@/features/operations/AdminJobs')).AdminJobs) },
    { path: 'audit', lazy: page(async () => (await import('@/features/operations/AdminAudit')).AdminAudit) },
    {
      path: 'groups',
      lazy: page(async () => (await import('@/features/leaderboards/AdminGroups')).AdminGroups),
    },
  ],
}

export const routes: RouteObject[] = [
  {
    path: '/sign-in',
    lazy: page(async () => (await import('./sign-in/SignInPage')).SignInPage),
    ErrorBoundary: PageError,
    HydrateFallback: () => null,
  },
  {
    path: '/',
    element: (
      <SessionGate>
        <Shell />
      </SessionGate>
    ),
    ErrorBoundary: PageError,
    HydrateFallback: () => null,
    children: [
      {
        ErrorBoundary: PageError,
        children: [
          { element: <RoleGate of="learner" otherwise="/admin" />, children: learnerPages },
          { element: <RoleGate of="admin" otherwise="/" />, children: [adminPages] },
          { path: '*', Component: MissingPage },
        ],
      },
    ],
  },
]
