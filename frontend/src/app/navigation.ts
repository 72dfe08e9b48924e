// The pages of the side bar in their groups, and which of them the phone's bottom bar shows.
import {
  Activity, ChartColumn, CalendarDays, House, Medal, Settings, ShieldCheck, Sprout, Target, Trophy, type LucideIcon,
} from 'lucide-react'

import type { Role } from '@/api/token'
import type { WordKey } from '@/words/words'

export interface PageLink {
  readonly to: string
  readonly label: WordKey
  readonly Icon: LucideIcon
}
export interface PageGroup {
  readonly label: WordKey
  readonly links: readonly PageLink[]
}

const home = { to: '/', label: 'app.nav.home', Icon: House } as const
const skills = { to: '/skills', label: 'app.nav.skills', Icon: Sprout } as const
const goals = { to: '/goals', label: 'app.nav.goals', Icon: Target } as const
const analytics = { to: '/analytics', label: 'app.nav.analytics', Icon: ChartColumn } as const
const achievements = { to: '/achievements', label: 'app.nav.achievements', Icon: Medal } as const
const planner = { to: '/planner', label: 'app.nav.planner', Icon: CalendarDays } as const
const activity = { to: '/activity', label: 'app.nav.activity', Icon: Activity } as const
const leaderboard = { to: '/leaderboard', label: 'app.nav.leaderboard', Icon: Trophy } as const
export const settings = { to: '/settings', label: 'app.nav.settings', Icon: Settings } as const
const admin = { to: '/admin', label: 'app.nav.admin', Icon: ShieldCheck } as const

const LEARNER: readonly PageGroup[] = [
  { label: 'app.group.learning', links: [home, skills, achievements] },
  { label: 'app.group.planning', links: [goals, planner] },
  { label: 'app.group.insight', links: [analytics, activity, leaderboard] },
]

/** An administrator has no progress of their own: they see the pages of administration alone. */
export function groupsFor(role: Role): readonly PageGroup[] {
  return role === 'admin' ? [{ label: 'app.nav.admin', links: [admin] }] : LEARNER
}

export const BOTTOM: readonly PageLink[] = [home, skills, goals, analytics]
export const MORE: readonly PageLink[] = [achievements, planner, activity, leaderboard, settings]
