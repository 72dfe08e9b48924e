// The week or the day, where to go from it, and the figures of a day.
import { ActionIcon, Button, SegmentedControl, TextInput, UnstyledButton } from '@mantine/core'
import { ChevronLeft, ChevronRight, Clock } from 'lucide-react'

import { KeyFigure, KeyFigures } from '@/parts/cards/KeyFigure'
import { QueryCard } from '@/parts/cards/QueryCard'
import { Why } from '@/parts/Why'
import { dayPlus, type WeekStart } from '@/words/format'
import { useWords } from '@/words/words'

import { useCalendarDays, type PlannedDay } from '../api/calendarDays'
import { useCategories } from '../api/categories'
import styles from '../planner.module.css'
import { TimeGrid, type GridActions } from './TimeGrid'
import { weekOf, type PlannerAddress, type View } from '../usePlannerAddress'
import { dayMinutes } from '../zone'

const HOUR_ROOM = 620

interface Props extends Omit<GridActions, 'onDay'> {
  readonly address: PlannerAddress
  /** `day` where a week has no room. */
  readonly view: View
  readonly canChooseView: boolean
  readonly zone: string
  readonly today: string
  readonly weekStart: WeekStart
}

export function PlanCard({ address, view, weekStart, ...props }: Props) {
  const { t, format } = useWords()
  const first = weekOf(address.day, weekStart)
  const last = dayPlus(first, 6)
  // From the day before: a focus slot belongs to the day it begins on, and may reach into the next.
  const query = useCalendarDays(dayPlus(first, -1), last)
  const categories = useCategories().data?.categories ?? []
  const title = view === 'week' ? format.days(first, last) : format.day(address.day)
  const onDay = (day: string) => address.show({ day, view: 'day' })
  return (
    <QueryCard
      title={title}
      query={query}
      height={HOUR_ROOM}
      errorText={t('planner.error')}
      aside={<Steps address={address} view={view} today={props.today} canChooseView={props.canChooseView} />}
    >
      {({ days: around }) => {
        const week = around.filter(({ day }) => day >= first)
        const days = view === 'week' ? week : week.filter(({ day }) => day === address.day)
        return (
          <>
            {view === 'day' && <DayStrip week={week} chosen={address.day} today={props.today} onDay={onDay} />}
            {view === 'day' && days.map((day) => <DayFigures key={day.day} day={day} />)}
            {days.map(({ day }) => (
              <ClockChange key={day} day={day} zone={props.zone} />
            ))}
            <TimeGrid {...{ days, around, categories, onDay }} {...props} />
            {days.some(({ has_more }) => has_more) && <p className="note">{t('planner.hasMore')}</p>}
          </>
        )
      }}
    </QueryCard>
  )
}

type StepsProps = Pick<Props, 'address' | 'view' | 'today' | 'canChooseView'>

function Steps({ address, view, today, canChooseView }: StepsProps) {
  const { t } = useWords()
  const days = view === 'week' ? 7 : 1
  return (
    <div className={styles['steps']}>
      {canChooseView && (
        <SegmentedControl
          aria-label={t('planner.view')}
          value={view}
          data={[
            { value: 'week', label: t('planner.view.week') },
            { value: 'day', label: t('planner.view.day') },
          ]}
          onChange={(value) => address.show({ view: value === 'day' ? 'day' : 'week' })}
        />
      )}
      <ActionIcon variant="default" size="input-sm" aria-label={t(`planner.previous.${view}`)} onClick={() => address.show({ day: dayPlus(address.day, -days) })}>
        <ChevronLeft size={18} aria-hidden />
      </ActionIcon>
      <Button variant="default" disabled={address.day === today} onClick={() => address.show({ day: today })}>
        {t('planner.today')}
      </Button>
      <ActionIcon variant="default" size="input-sm" aria-label={t(`planner.next.${view}`)} onClick={() => address.show({ day: dayPlus(address.day, days) })}>
        <ChevronRight size={18} aria-hidden />
      </ActionIcon>
      <TextInput
        type="date"
        aria-label={t('planner.goTo')}
        value={address.day}
        onChange={({ currentTarget: { value } }) => {
          if (value !== '') address.show({ day: value })
        }}
      />
    </div>
  )
}

interface StripProps {
  readonly week: readonly PlannedDay[]
  readonly chosen: string
  readonly today: string
  readonly onDay: (day: string) => void
}

function DayStrip({ week, chosen, today, onDay }: StripProps) {
  const { t, format } = useWords()
  return (
    <div className={styles['strip']} role="group" aria-label={t('planner.strip')}>
      {week.map(({ day, total_scheduled_minutes: minutes }) => (
        <UnstyledButton
          key={day}
          className={styles['stripDay'] ?? ''}
          aria-pressed={day === chosen}
          {...(day === today && { 'aria-current': 'date' as const })}
          onClick={() => onDay(day)}
        >
          {format.day(day, 'weekday')} <strong>{Number(day.slice(8))}</strong>
          <span className="sr-only">{t('planner.strip.day', { month: format.month(day.slice(0, 7)), minutes: format.minutes(minutes) })}</span>
        </UnstyledButton>
      ))}
    </div>
  )
}

function DayFigures({ day }: { readonly day: PlannedDay }) {
  const { t, format } = useWords()
  const focus = t('planner.figure.focus')
  return (
    <div className={styles['figures']}>
      <KeyFigures>
        <KeyFigure size="small" label={t('planner.figure.planned')} value={format.minutes(day.total_scheduled_minutes)} />
        <KeyFigure size="small" label={t('planner.figure.completed')} value={format.minutes(day.completed_scheduled_minutes)} />
        <KeyFigure
          size="small"
          label={focus}
          value={format.minutes(day.focus_minutes)}
          why={
            <Why
              figure={focus}
              rows={[
                { label: t('planner.figure.planned'), value: format.minutes(day.total_scheduled_minutes) },
                { label: t('planner.figure.focusTime'), value: format.minutes(day.focus_slot_minutes) },
                { label: focus, value: format.minutes(day.focus_minutes) },
              ]}
            >
              {t('planner.figure.focus.why')}
            </Why>
          }
        />
        <KeyFigure
          size="small"
          label={t('planner.figure.due')}
          value={t('planner.figure.due.value', { done: day.due_completed_tasks_count, due: day.due_tasks_count })}
        />
      </KeyFigures>
    </div>
  )
}

/** Says it when a day is not 24 hours long. */
function ClockChange({ day, zone }: { readonly day: string; readonly zone: string }) {
  const { t, format } = useWords()
  const minutes = dayMinutes(day, zone)
  if (minutes === 24 * 60) return null
  return (
    <p className={styles['change']}>
      <Clock size={16} aria-hidden />
      {t(minutes > 24 * 60 ? 'planner.change.back' : 'planner.change.forward', { day: format.day(day), length: format.minutes(minutes) })}
    </p>
  )
}
