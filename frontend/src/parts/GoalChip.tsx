import { CircleCheck, CircleDashed, CircleMinus, Clock, TrendingUp, type LucideIcon } from 'lucide-react'

import { useWords } from '@/words/words'

import { Chip, type ChipTone } from './Chip'

export type GoalStatus = 'achieved' | 'on_track' | 'behind' | 'not_started' | 'missed' | 'not_applicable'

const LOOKS: Readonly<Record<GoalStatus, readonly [LucideIcon, ChipTone]>> = {
  achieved: [CircleCheck, 'earned'],
  on_track: [TrendingUp, 'earned'],
  behind: [Clock, 'now'],
  not_started: [CircleDashed, 'plain'],
  missed: [CircleMinus, 'plain'],
  not_applicable: [CircleMinus, 'plain'],
}

/** How a period of a goal stands. Behind is now, never red: only errors are. */
export function GoalChip({ status }: { readonly status: GoalStatus }) {
  const { t } = useWords()
  const [Icon, tone] = LOOKS[status]
  return (
    <Chip Icon={Icon} tone={tone}>
      {t(`parts.goal.${status}`)}
    </Chip>
  )
}
