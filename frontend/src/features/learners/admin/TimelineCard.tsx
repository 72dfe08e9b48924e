// Why a streak is what it is: what each day did to it, the newest day first.
import { TextInput } from '@mantine/core'
import { useState } from 'react'

import { DayMark } from '@/parts/calendar/DayMark'
import { QueryCard } from '@/parts/cards/QueryCard'
import { RecordTable } from '@/parts/records/RecordTable'
import { Why } from '@/parts/Why'
import { useWords } from '@/words/words'

import styles from '../../operations/admin.module.css'
import { useTimeline, type Timeline, type TimelineDay } from '../api/timeline'

export function TimelineCard({ id }: { readonly id: string }) {
  const { t } = useWords()
  const [from, setFrom] = useState('')
  const [to, setTo] = useState('')
  const timeline = useTimeline(id, from === '' ? null : from, to === '' ? null : to)
  const days = timeline.data?.streak.current_streak
  return (
    <QueryCard title={days === undefined ? t('admin.timeline') : t('admin.timeline.why', { days })} query={timeline} height={420}>
      {(answer) => (
        <>
          <Summary timeline={answer} />
          <div className={styles['dates']}>
            <TextInput type="date" label={t('admin.timeline.from')} max={answer.today} value={from} onChange={({ currentTarget: { value } }) => setFrom(value)} />
            <TextInput type="date" label={t('admin.timeline.to')} max={answer.today} value={to} onChange={({ currentTarget: { value } }) => setTo(value)} />
          </div>
          <div role="region" tabIndex={0} className={styles['scroll']} aria-label={t('admin.timeline.days')}>
            <Days timeline={answer} />
          </div>
        </>
      )}
    </QueryCard>
  )
}

function Summary({ timeline: { from, to, before, streak, timezone } }: { readonly timeline: Timeline }) {
  const { t, format } = useWords()
  const began = before.began_on === null ? '' : format.day(before.began_on, 'number')
  const rows = [
    { label: t('admin.timeline.beforeRun', { day: format.day(from, 'number') }), value: format.number(before.current_streak) },
    { label: t('admin.timeline.beforeFreezes'), value: format.number(before.freezes) },
    { label: t('admin.timeline.freezes'), value: format.number(streak.freezes) },
    { label: t('admin.timeline.pending'), value: format.number(streak.freezes_pending) },
    { label: t('admin.timeline.longest'), value: format.number(streak.longest_streak) },
  ]
  return (
    <p>
      {t('admin.timeline.range', { days: format.days(from, to), zone: timezone })}{' '}
      {t('admin.timeline.before', { run: before.current_streak, isRunning: before.began_on !== null, began })}{' '}
      {t(`admin.timeline.state.${streak.state}`, { expires: streak.expires_at === null ? '' : format.moment(streak.expires_at, timezone) })}{' '}
      <Why figure={t('admin.timeline.figure', { days: streak.current_streak })} rows={rows}>
        {t('admin.timeline.sentence')}
      </Why>
    </p>
  )
}

function Days({ timeline }: { readonly timeline: Timeline }) {
  const { t, format } = useWords()
  return (
    <RecordTable
      label={t('admin.timeline.days')}
      rows={timeline.days.toReversed()}
      rowKey={({ day }) => day}
      columns={[
        { label: t('admin.timeline.day'), width: 1.6, cell: (day) => <Day day={day} /> },
        { label: t('admin.timeline.did'), width: 3.4, cell: (day) => <Effects day={day} timeline={timeline} /> },
        { label: t('admin.timeline.activities'), isFigure: true, width: 0.9, cell: ({ activities }) => format.number(activities) },
        { label: t('admin.timeline.run'), isFigure: true, width: 0.8, cell: ({ after }) => format.number(after.current_streak) },
        { label: t('admin.timeline.freezesLeft'), isFigure: true, width: 0.8, cell: ({ after }) => format.number(after.freezes) },
      ]}
    />
  )
}

function Day({ day: { day, state } }: { readonly day: TimelineDay }) {
  const { t, format } = useWords()
  return (
    <div className={styles['day']}>
      <DayMark state={state} />
      <div>
        {format.day(day, 'short')}
        <div className="note">{t(`parts.day.${state}`)}</div>
      </div>
    </div>
  )
}

/** What the day did in sentences, and what excused it or moved its end. */
function Effects({ day, timeline }: { readonly day: TimelineDay; readonly timeline: Timeline }) {
  const { t, said, format } = useWords()
  const excuse = timeline.excuses.find(({ id }) => id === day.excused_by)
  const outage = timeline.outages.find(({ id }) => id === day.excused_by)
  return (
    <>
      {day.effects.length === 0 && <div>{t('admin.timeline.nothing')}</div>}
      {day.effects.map((effect) => (
        <div key={effect.code}>{said('admin', effect)}</div>
      ))}
      {day.met_at !== null && day.first_activity !== null && (
        <div className="note">
          {t('admin.timeline.first', { type: day.first_activity.object_type, verb: day.first_activity.verb, sender: day.first_activity.sender, at: format.time(day.met_at, day.zone) })}
        </div>
      )}
      {excuse !== undefined && <div className="note">{t('admin.timeline.excuse', { kind: excuse.kind, by: excuse.by, hasReason: excuse.reason !== '', reason: excuse.reason })}</div>}
      {outage !== undefined && <div className="note">{t('admin.timeline.outage', { reason: outage.reason })}</div>}
      {day.zone_changes.map(({ at, before, after }) => (
        <div key={at} className="note">
          {t('admin.timeline.zone', { before, after })}
        </div>
      ))}
      {day.lasted_minutes !== null && <div className="note">{t('admin.timeline.lasted', { length: format.minutes(day.lasted_minutes) })}</div>}
    </>
  )
}
