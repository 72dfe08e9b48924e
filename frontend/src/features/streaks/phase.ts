import type { Streak } from './api/streak'

/** What a learner has to know about its run today. `risk`: without practice the run ends tonight. */
export type Phase = 'none' | 'met' | 'open' | 'risk' | 'paused' | 'broken'

export function phaseOf(streak: Pick<Streak, 'state' | 'met_today' | 'paused'>): Phase {
  if (streak.met_today) return 'met'
  if (streak.state === 'broken' || streak.state === 'none') return streak.state
  if (streak.paused) return 'paused'
  return streak.state === 'at_risk' ? 'risk' : 'open'
}
