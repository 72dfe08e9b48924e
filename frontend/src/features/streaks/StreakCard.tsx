import { CircleCheck, CircleDashed, Hourglass, Pause, Sunrise, type LucideIcon } from 'lucide-react'
import { useState } from 'react'

import { Chip, type ChipTone } from '@/parts/Chip'
import { MonthCalendar } from '@/parts/calendar/MonthCalendar'
import { QueryCard } from '@/parts/cards/QueryCard'
import type { WeekStart } from '@/words/format'
import { useWords } from '@/words/words'

import { isQuiet, useStreak, type Streak } from './api/streak'
import { phaseOf, type Phase } from './phase'
import styles from './streak.module.css'
import { StreakFacts } from './StreakFacts'
import { StreakSummary } from './StreakSummary'

const CHIPS: Readonly<Record<Phase, { readonly Icon: LucideIcon; readonly tone: ChipTone }>> = {
  none: { Icon: CircleDashed, tone: 'plain' },
  met: { Icon: CircleCheck, tone: 'earned' },
  open: { Icon: Hourglass, tone: 'now' },
  risk: { Icon: Hourglass, tone: 'now' },
  paused: { Icon: Pause, tone: 'excused' },
  broken: { Icon: Sunrise, tone: 'plain' },
}

const HEIGHT = 400

/** The run: its number, what today needs, how long it holds, the next step; beside it a month of days. */
export function StreakCard({ weekStart }: { readonly weekStart: WeekStart }) {
  const { t } = useWords()
  const [month, setMonth] = useState<string | null>(null)
  const streak = useStreak(month)
  const answer = streak.data
  const phase = answer === undefined || isQuiet(answer) ? null : phaseOf(answer)
  return (
    <QueryCard
      title={t('streaks.title')}
      query={streak}
      span={8}
      height={HEIGHT}
      aside={
        phase !== null && (
          <Chip Icon={CHIPS[phase].Icon} tone={CHIPS[phase].tone}>
            {t(`streaks.chip.${phase}`)}
          </Chip>
        )
      }
    >
      {(shown) =>
        !isQuiet(shown) && (
          <div className={styles['streak']}>
            <div className={styles['run']}>
              <StreakSummary streak={shown} />
              <StreakFacts streak={shown} />
            </div>
            <Month streak={shown} month={month} weekStart={weekStart} onMonth={setMonth} />
          </div>
        )
      }
    </QueryCard>
  )
}

interface MonthProps {
  readonly streak: Streak
  readonly month: string | null
  readonly weekStart: WeekStart
  readonly onMonth: (month: string) => void
}

function Month({ streak, month, weekStart, onMonth }: MonthProps) {
  const { said } = useWords()
  const days = streak.calendar.map(({ day, state, reason, code, values }) => ({
    day,
    state,
    reason: said('streaks', { code, values, text: reason }),
  }))
  const thisMonth = streak.today.slice(0, 7)
  return (
    <MonthCalendar
      month={month ?? thisMonth}
      days={days}
      today={streak.today}
      weekStart={weekStart}
      onMonth={onMonth}
      lastMonth={thisMonth}
    />
  )
}
