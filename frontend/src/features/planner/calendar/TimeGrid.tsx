// Days beside each other: what is due, and slots by the hour over hatched focus times. Read in order, it is a list a day.
import { ActionIcon, Button, UnstyledButton } from '@mantine/core'
import { Check, Plus, Timer } from 'lucide-react'
import { useState, type CSSProperties } from 'react'

import { useWords } from '@/words/words'

import type { PlannedDay } from '../api/calendarDays'
import type { Category } from '../api/categories'
import { colourOf } from '../colours'
import { DayColumn } from './DayColumn'
import { hoursOf } from './hours'
import styles from '../planner.module.css'
import { useDeletion } from '../tasks/useDeletion'

export interface GridActions {
  readonly onTask: (taskId: string) => void
  readonly onNew: (day: string) => void
  readonly onFocus: (day: string) => void
  readonly onDay: (day: string) => void
}

interface Props extends GridActions {
  /** The days that are shown. */
  readonly days: readonly PlannedDay[]
  /** Also the day before: its slots and focus times may reach into the first one. */
  readonly around: readonly PlannedDay[]
  readonly zone: string
  readonly today: string
  readonly categories: readonly Category[]
}

const FIRST_HOUR = 8
const LAST_HOUR = 20

export function TimeGrid(props: Props) {
  const { days, around, zone, categories } = props
  const { t } = useWords()
  const [isWhole, setWhole] = useState(false)
  const hours = hoursOf(days.map(({ day }) => day), zone)
  const hasChange = hours.rows.length !== 24 || hours.days.some(({ gaps }) => gaps.length > 0)
  const [from, to] = isWhole || hasChange ? [0, hours.rows.length] : shownRows(hours, around)
  const single = days.length === 1 ? days[0] : undefined
  const shape = { '--days': days.length, '--hours': to - from }
  return (
    <>
      <div className={styles['tools']}>
        {single !== undefined && (
          <Button variant="default" size="compact-sm" leftSection={<Timer size={14} aria-hidden />} onClick={() => props.onFocus(single.day)}>
            {t('planner.focus.slots')}
          </Button>
        )}
        {!hasChange && (
          <Button variant="subtle" size="compact-sm" onClick={() => setWhole(!isWhole)}>
            {t(isWhole ? 'planner.hours.fewer' : 'planner.hours.all')}
          </Button>
        )}
      </div>
      <div className={styles['grid']} style={shape}>
        {single === undefined && <span />}
        {single === undefined && days.map((day) => <DayHead key={day.day} planned={day} {...props} />)}
        <span className={styles['rowName']}>{t('planner.due')}</span>
        {days.map((day) => (
          <DueTasks key={day.day} planned={day} {...props} />
        ))}
        <HourNames rows={hours.rows.slice(from, to)} />
        {hours.days.map((one) => (
          <DayColumn key={one.day} hours={one} isToday={one.day === props.today} {...{ from, to, around, zone, categories }} onTask={props.onTask} />
        ))}
      </div>
      <Legend hasChange={hasChange} />
    </>
  )
}

/** The rows between the first and the last thing of the days, and the usual hours in any case. */
function shownRows({ days }: ReturnType<typeof hoursOf>, around: readonly PlannedDay[]): [number, number] {
  const slots = around.flatMap(({ scheduled_slots, focus_slots }) => [...scheduled_slots, ...focus_slots])
  const places = slots.flatMap(({ starts_at, ends_at }) =>
    days
      .filter(({ start, end }) => Date.parse(starts_at) < end && Date.parse(ends_at) > start)
      .flatMap(({ place }) => [Math.floor(place(Date.parse(starts_at)) / 60), Math.ceil(place(Date.parse(ends_at)) / 60)]),
  )
  return [Math.min(FIRST_HOUR, ...places), Math.max(LAST_HOUR, ...places)]
}

function HourNames({ rows }: { readonly rows: ReturnType<typeof hoursOf>['rows'] }) {
  const { t } = useWords()
  return (
    <div className={styles['hourNames']} aria-hidden>
      {rows.map(({ hour, isSecond }) => (
        <span key={`${hour}${isSecond}`}>{t(isSecond ? 'planner.hour.second' : 'planner.hour', { hour: String(hour).padStart(2, '0') })}</span>
      ))}
    </div>
  )
}

interface DayProps extends GridActions {
  readonly planned: PlannedDay
  readonly today: string
  readonly categories: readonly Category[]
}

function DayHead({ planned: { day, total_scheduled_minutes: minutes }, today, onDay, onNew, onFocus }: DayProps) {
  const { t, format } = useWords()
  const name = format.day(day)
  return (
    <div className={styles['dayHead']} data-today={day === today}>
      <UnstyledButton className={styles['dayName'] ?? ''} {...(day === today && { 'aria-current': 'date' as const })} onClick={() => onDay(day)}>
        {format.day(day, 'weekday')} <strong>{Number(day.slice(8))}</strong>
        <span className="sr-only">{t('planner.day.open', { month: format.month(day.slice(0, 7)) })}</span>
      </UnstyledButton>
      <span className="note">{minutes > 0 ? format.minutes(minutes) : '–'}</span>
      <span className={styles['dayActions']}>
        <ActionIcon variant="subtle" aria-label={t('planner.task.newOn', { day: name })} onClick={() => onNew(day)}>
          <Plus size={16} aria-hidden />
        </ActionIcon>
        <ActionIcon variant="subtle" aria-label={t('planner.focus.title', { day: name })} onClick={() => onFocus(day)}>
          <Timer size={16} aria-hidden />
        </ActionIcon>
      </span>
    </div>
  )
}

const MOST_DUE = 3

function DueTasks({ planned: { day, due_tasks: due }, categories, onTask }: DayProps) {
  const { t, format } = useWords()
  const { isHidden } = useDeletion()
  const [isOpen, setOpen] = useState(false)
  const tasks = due.filter(({ task_id }) => !isHidden(task_id))
  const shown = isOpen ? tasks : tasks.slice(0, MOST_DUE)
  return (
    <div className={styles['dueCell']}>
      <ul className={styles['due']} aria-label={t('planner.due.on', { day: format.day(day) })}>
        {shown.map(({ task_id, title, category_id, status }) => {
          const colour: CSSProperties = { '--tone': colourOf(categories, category_id) }
          return (
            <li key={task_id}>
              <UnstyledButton className={styles['dueTask'] ?? ''} style={colour} data-done={status === 'completed'} title={title} onClick={() => onTask(task_id)}>
                {status === 'completed' && <Check size={12} aria-hidden />}
                <span>{title}</span>
                <span className="sr-only">, {t(`planner.status.${status}`)}</span>
              </UnstyledButton>
            </li>
          )
        })}
      </ul>
      {tasks.length > shown.length && (
        <UnstyledButton className={styles['more'] ?? ''} aria-label={t('planner.due.more.on', { count: tasks.length - shown.length, day: format.day(day) })} onClick={() => setOpen(true)}>
          {t('planner.due.more', { count: tasks.length - shown.length })}
        </UnstyledButton>
      )}
    </div>
  )
}

function Legend({ hasChange }: { readonly hasChange: boolean }) {
  const { t } = useWords()
  return (
    <ul className={styles['legend']} aria-label={t('planner.legend')}>
      <li>
        <span className={styles['key']} data-kind="focus" /> {t('planner.legend.focus')}
      </li>
      <li>
        <span className={styles['key']} data-kind="slot" /> {t('planner.legend.slot')}
      </li>
      <li>
        <Check size={14} aria-hidden /> {t('planner.status.completed')}
      </li>
      {hasChange && (
        <li>
          <span className={styles['key']} data-kind="gap" /> {t('planner.legend.gap')}
        </li>
      )}
    </ul>
  )
}
