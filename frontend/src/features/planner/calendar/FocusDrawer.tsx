// The focus times of a day by form. They are read anew when it opens and written back as a whole.
import { Drawer } from '@mantine/core'
import { useState } from 'react'

import { Problem } from '@/api/problems'
import { CardSkeleton } from '@/parts/cards/CardSkeleton'
import { ErrorPanel } from '@/parts/cards/ErrorPanel'
import { FormActions } from '@/parts/forms/FormActions'
import { FormFault } from '@/parts/forms/FormFault'
import { useProblems } from '@/parts/forms/useProblems'
import { useToasts } from '@/parts/useToasts'
import { useWords } from '@/words/words'

import { useCalendarDay, useSetFocusSlots, type CalendarDay, type SlotIn } from '../api/calendarDay'
import styles from '../planner.module.css'
import { SlotEditor } from '../tasks/SlotEditor'
import { isReversed, newSlot, slotFields, slotIn, type SlotFields } from '../tasks/slots'

interface Props {
  readonly day: string | null
  readonly zone: string
  readonly onClose: () => void
}

export function FocusDrawer({ day, zone, onClose }: Props) {
  const { t, format } = useWords()
  return (
    <Drawer
      opened={day !== null}
      onClose={onClose}
      position="right"
      title={day === null ? '' : t('planner.focus.title', { day: format.day(day) })}
      closeButtonProps={{ 'aria-label': t('planner.close') }}
    >
      {day !== null && <Loaded key={day} {...{ day, zone, onClose }} />}
    </Drawer>
  )
}

interface LoadedProps {
  readonly day: string
  readonly zone: string
  readonly onClose: () => void
}

function Loaded({ day, zone, onClose }: LoadedProps) {
  const { t, format } = useWords()
  const query = useCalendarDay(day)
  const [restarts, setRestarts] = useState(0)
  if (query.data !== undefined) {
    const restart = () => void query.refetch().then(() => setRestarts((before) => before + 1))
    return <FocusForm key={restarts} calendarDay={query.data} onStale={restart} {...{ zone, onClose }} />
  }
  if (query.error === null) return <CardSkeleton title={t('planner.focus.title', { day: format.day(day) })} lines={6} />
  return <ErrorPanel error={query.error} text={t('planner.focus.missing')} retry={() => void query.refetch()} />
}

interface FormProps {
  readonly calendarDay: CalendarDay
  readonly zone: string
  readonly onClose: () => void
  readonly onStale: () => void
}

function useSaving({ calendarDay: shown, onClose, onStale }: FormProps) {
  const { t } = useWords()
  const toasts = useToasts()
  // The state that the form began with: what has changed since must not be overwritten unseen.
  const [calendarDay] = useState(shown)
  const saving = useSetFocusSlots(calendarDay.day)
  const save = (slots: SlotIn[]) =>
    saving.mutate(
      { etag: calendarDay.etag, slots },
      {
        onSuccess: () => {
          toasts.done(t('planner.focus.saved'))
          onClose()
        },
        onError: (error) => {
          if (!(error instanceof Problem) || error.status !== 412) return
          toasts.done(t('planner.stale'))
          onStale()
        },
      },
    )
  return { save, error: saving.error, isPending: saving.isPending }
}

function FocusForm(props: FormProps) {
  const { calendarDay, zone, onClose } = props
  const { t } = useWords()
  const problems = useProblems('planner')
  const { day } = calendarDay
  const [slots, setSlots] = useState<readonly SlotFields[]>(() =>
    calendarDay.focus_slots.length === 0 ? [newSlot(day)] : calendarDay.focus_slots.map((slot) => slotFields(slot, zone)),
  )
  const [isChecked, setChecked] = useState(false)
  const { save, error, isPending } = useSaving(props)
  const submit = () => {
    setChecked(true)
    const sent = slots.flatMap((slot) => (isReversed(slot, zone) ? [] : (slotIn(slot, zone) ?? [])))
    if (sent.length === slots.length) save(sent)
  }
  const whole = problems.beside(error, ['/focus_slots'])
  return (
    <form
      className={styles['form']}
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <SlotEditor
        legend={t('planner.focus.slots')}
        help={t('planner.focus.help', { zone })}
        onSlots={setSlots}
        isDayFixed
        faultOfSlot={(place) => problems.at(error, `/focus_slots/${place}`)}
        {...{ slots, zone, day, isChecked }}
      />
      <FormFault text={whole} />
      <FormActions submit={t('planner.save')} isPending={isPending} onCancel={onClose} />
    </form>
  )
}
