import { CircleCheck, CircleDashed, CircleMinus, Clock, TrendingUp, type LucideIcon } from 'lucide-react'

import { Chip, type ChipTone } from '@/parts/Chip'
import { useWords } from '@/words/words'

import type { GoalPeriod } from './api/goalHistory'

const LOOKS: Readonly<Record<GoalPeriod['status'], readonly [LucideIcon, ChipTone]>> = {
  achieved: [CircleCheck, 'earned'],
  on_track: [TrendingUp, 'earned'],
  behind: [Clock, 'now'],
  not_started: [CircleDashed, 'plain'],
  missed: [CircleMinus, 'plain'],
  not_applicable: [CircleMinus, 'plain'],
}

/** How a period of a goal stands. Behind is now, never red: only errors are. */
export function StatusChip({ status }: { readonly status: GoalPeriod['status'] }) {
  const { t } = useWords()
  const [Icon, tone] = LOOKS[status]
  return (
    <Chip Icon={Icon} tone={tone}>
      {t(`goals.status.${status}`)}
    </Chip>
  )
}
