// Slots by form: begin and end on the learner's clock, any number of them.
import { ActionIcon, Button, NativeSelect, TextInput } from '@mantine/core'
import { Plus, Trash2 } from 'lucide-react'
import type { Dispatch, SetStateAction } from 'react'

import { FormFault } from '@/parts/forms/FormFault'
import { useWords } from '@/words/words'

import styles from '../planner.module.css'
import { changed, faultOf, isRepeated, isReversed, newSlot, type Moment, type SlotFields } from './slots'

interface Props {
  readonly legend: string
  readonly help: string
  readonly slots: readonly SlotFields[]
  readonly onSlots: Dispatch<SetStateAction<readonly SlotFields[]>>
  readonly zone: string
  /** Where a slot that is added begins. */
  readonly day: string
  /** Slots may begin on this day alone. */
  readonly isDayFixed?: boolean
  /** Whether to say what is wrong: after the first attempt to save. */
  readonly isChecked: boolean
  /** What the service says of the slot at a place. */
  readonly faultOfSlot: (place: number) => string | undefined
}

export function SlotEditor({ legend, help, slots, onSlots, day, ...rest }: Props) {
  const { t } = useWords()
  const replace = (key: string, next: SlotFields) =>
    onSlots((before) => before.map((one) => (one.key === key ? next : one)))
  return (
    <fieldset className={styles['slots']}>
      <legend>{legend}</legend>
      <p className="note">{help}</p>
      {slots.map((slot, place) => (
        <SlotRow
          key={slot.key}
          {...rest}
          slot={slot}
          place={place}
          onChange={(next) => replace(slot.key, next)}
          onRemove={() => onSlots((before) => before.filter(({ key }) => key !== slot.key))}
        />
      ))}
      <Button variant="default" leftSection={<Plus size={16} aria-hidden />} onClick={() => onSlots((before) => [...before, newSlot(day)])}>
        {t('planner.slot.add')}
      </Button>
    </fieldset>
  )
}

interface RowProps extends Pick<Props, 'zone' | 'isDayFixed' | 'isChecked' | 'faultOfSlot'> {
  readonly slot: SlotFields
  readonly place: number
  readonly onChange: (slot: SlotFields) => void
  readonly onRemove: () => void
}

function SlotRow({ slot, place, zone, isDayFixed = false, isChecked, faultOfSlot, onChange, onRemove }: RowProps) {
  const { t } = useWords()
  const number = place + 1
  const reversed = isChecked && isReversed(slot, zone) ? t('planner.slot.reversed') : undefined
  const fault = reversed ?? faultOfSlot(place)
  const begin = (starts: Moment) =>
    // The end follows to another day as long as it was on the same one.
    onChange({ ...slot, starts, ends: slot.ends.day === slot.starts.day ? changed(slot.ends, { day: starts.day }) : slot.ends })
  return (
    <div className={styles['slotRow']} role="group" aria-label={t('planner.slot.number', { number })}>
      <div className={styles['slotHead']}>
        <strong>{t('planner.slot.number', { number })}</strong>
        <ActionIcon variant="subtle" aria-label={t('planner.slot.remove', { number })} onClick={onRemove}>
          <Trash2 size={16} aria-hidden />
        </ActionIcon>
      </div>
      <MomentFields name="starts" moment={slot.starts} onChange={begin} {...{ zone, isChecked, isDayFixed }} />
      <MomentFields name="ends" moment={slot.ends} onChange={(ends) => onChange({ ...slot, ends })} {...{ zone, isChecked }} />
      <FormFault text={fault} />
    </div>
  )
}

interface MomentProps {
  readonly name: 'starts' | 'ends'
  readonly moment: Moment
  readonly onChange: (moment: Moment) => void
  readonly zone: string
  readonly isChecked: boolean
  readonly isDayFixed?: boolean
}

function MomentFields({ name, moment, onChange, zone, isChecked, isDayFixed = false }: MomentProps) {
  const { t } = useWords()
  // A time that the clock skips is worth saying at once: nothing on the page would explain it later.
  const fault = faultOf(moment, zone)
  const isSaid = fault === 'skipped' || (isChecked && fault !== null)
  return (
    <>
      <TextInput
        type="date"
        label={t(`planner.slot.${name}.day`)}
        value={moment.day}
        disabled={isDayFixed}
        error={isChecked && moment.day === '' ? t('planner.slot.fault.missing') : null}
        onChange={({ currentTarget: { value } }) => onChange(changed(moment, { day: value }))}
      />
      <TextInput
        type="time"
        label={t(`planner.slot.${name}.time`)}
        value={moment.time}
        error={isSaid && (fault === 'skipped' || moment.time === '') ? t(`planner.slot.fault.${fault}`) : null}
        onChange={({ currentTarget: { value } }) => onChange(changed(moment, { time: value }))}
      />
      {isRepeated(moment, zone) && (
        <NativeSelect
          className={styles['twice'] ?? ''}
          label={t(`planner.slot.${name}.which`)}
          description={t('planner.slot.twice')}
          value={moment.isLater ? 'second' : 'first'}
          data={[
            { value: 'first', label: t('planner.slot.first') },
            { value: 'second', label: t('planner.slot.second') },
          ]}
          onChange={({ currentTarget: { value } }) => onChange(changed(moment, { isLater: value === 'second' }))}
        />
      )}
    </>
  )
}
