// Every page and its address. Pages are chunks of their own; administration is one that learners never load.
import type { RouteObject } from 'react-router'

import { MissingPage } from './MissingPage'
import { PageError } from './PageError'
import { RoleGate } from './RoleGate'
import { SessionGate } from './session'
import { Shell } from './Shell'
import { SignInPage } from './SignInPage'

const learnerPages: RouteObject[] = [
  { index: true, lazy: async () => ({ Component: (await import('@/features/overview/HomePage')).HomePage }) },
  { path: 'skills', lazy: async () => ({ Component: (await import('@/features/skills/SkillsPage')).SkillsPage }) },
  {
    path: 'achievements',
    lazy: async () => ({ Component: (await import('@/features/achievements/AchievementsPage')).AchievementsPage }),
  },
  { path: 'goals', lazy: async () => ({ Component: (await import('@/features/goals/GoalsPage')).GoalsPage }) },
  { path: 'planner', lazy: async () => ({ Component: (await import('@/features/planner/PlannerPage')).PlannerPage }) },
  {
    path: 'analytics',
    lazy: async () => ({ Component: (await import('@/features/insight/AnalyticsPage')).AnalyticsPage }),
  },
  {
    path: 'activity',
    lazy: async () => ({ Component: (await import('@/features/activities/ActivityPage')).ActivityPage }),
  },
  {
    path: 'leaderboard',
    lazy: async () => ({ Component: (await import('@/features/leaderboards/LeaderboardPage')).LeaderboardPage }),
  },
  {
    path: 'settings',
    lazy: async () => ({ Component: (await import('@/features/learners/SettingsPage')).SettingsPage }),
  },
]

const adminPages: RouteObject = {
  path: 'admin',
  lazy: async () => ({ Component: (await import('@/features/operations/AdminPage')).AdminPage }),
  children: [
    {
      index: true,
      lazy: async () => ({ Component: (await import('@/features/achievements/AdminAchievements')).AdminAchievements }),
    },
    { path: 'outages', lazy: async () => ({ Component: (await import('@/features/streaks/AdminOutages')).AdminOutages }) },
    {
      path: 'learners',
      lazy: async () => ({ Component: (await import('@/features/learners/AdminLearners')).AdminLearners }),
    },
    { path: 'kinds', lazy: async () => ({ Component: (await import('@/features/activities/AdminKinds')).AdminKinds }) },
    { path: 'jobs', lazy: async () => ({ Component: (await import('@/features/operations/AdminJobs')).AdminJobs }) },
    { path: 'audit', lazy: async () => ({ Component: (await import('@/features/operations/AdminAudit')).AdminAudit }) },
    {
      path: 'groups',
      lazy: async () => ({ Component: (await import('@/features/leaderboards/AdminGroups')).AdminGroups }),
    },
  ],
}

export const routes: RouteObject[] = [
  { path: '/sign-in', Component: SignInPage, ErrorBoundary: PageError },
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
