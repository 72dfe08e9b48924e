import { Button, Drawer, TextInput } from '@mantine/core'
import { useState, type SyntheticEvent } from 'react'

import { FormActions } from '@/parts/forms/FormActions'
import { FormFault } from '@/parts/forms/FormFault'
import { useProblems } from '@/parts/forms/useProblems'
import { useToasts } from '@/parts/useToasts'
import { useWords } from '@/words/words'

import styles from '../../operations/admin.module.css'
import { browserZone, instantOf, localOf } from '../../operations/zone'
import { useImportZones } from '../api/adminChanges'
import type { Inspected } from '../api/inspected'

interface Period {
  readonly key: number
  readonly zone: string
  readonly since: string
}

interface Props {
  readonly id: string
  readonly zones: Inspected['zones']
  readonly onClose: () => void
}

function periodsOf(zones: Inspected['zones']): readonly Period[] {
  const periods = zones.map(({ zone, valid_from: from }, key) => ({ key, zone, since: from === null ? '' : localOf(from) }))
  return periods.length === 0 ? [{ key: 0, zone: '', since: '' }] : periods
}

/** Replaces the whole zone history: the first zone holds since ever, each other from its instant on. */
export function ZonesForm({ id, zones, onClose }: Props) {
  const { t } = useWords()
  const toasts = useToasts()
  const problems = useProblems('admin')
  const save = useImportZones(id)
  const [periods, setPeriods] = useState(() => periodsOf(zones))
  const [isTried, setTried] = useState(false)
  const isMissing = ({ zone, since }: Period, index: number) => zone.trim() === '' || (index > 0 && instantOf(since) === null)
  const change = (key: number, changed: Partial<Period>) => setPeriods(periods.map((one) => (one.key === key ? { ...one, ...changed } : one)))
  const submit = (event: SyntheticEvent) => {
    event.preventDefault()
    setTried(true)
    if (periods.some(isMissing)) return
    save.mutate(
      periods.map(({ zone, since }, index) => ({ zone: zone.trim(), ...(index > 0 && { valid_from: instantOf(since) }) })),
      {
        onSuccess: ({ activities_moved: moved }) => {
          toasts.done(t('admin.zones.replaced', { moved }))
          onClose()
        },
      },
    )
  }
  return (
    <Drawer opened onClose={onClose} position="right" size="lg" title={t('admin.zones.replace')} closeButtonProps={{ 'aria-label': t('parts.close') }}>
      <form noValidate onSubmit={submit} className={styles['form']}>
        <p className="note">{t('admin.zones.help', { zone: browserZone() })}</p>
        {periods.map((period, index) => (
          <PeriodFields
            key={period.key}
            period={period}
            index={index}
            isTried={isTried}
            faultAt={(name) => problems.at(save.error, `/${index}/${name}`)}
            onChange={(changed) => change(period.key, changed)}
            onRemove={periods.length > 1 ? () => setPeriods(periods.filter(({ key }) => key !== period.key)) : null}
          />
        ))}
        <div>
          <Button variant="default" onClick={() => setPeriods([...periods, { key: Math.max(...periods.map(({ key }) => key)) + 1, zone: '', since: '' }])}>
            {t('admin.zones.add')}
          </Button>
        </div>
        <FormFault text={problems.text(save.error)} />
        <FormActions submit={t('admin.zones.replaceDo')} isPending={save.isPending} onCancel={onClose} />
      </form>
    </Drawer>
  )
}

interface FieldsProps {
  readonly period: Period
  readonly index: number
  readonly isTried: boolean
  readonly faultAt: (name: string) => string | undefined
  readonly onChange: (changed: Partial<Period>) => void
  readonly onRemove: (() => void) | null
}

function PeriodFields({ period: { zone, since }, index, isTried, faultAt, onChange, onRemove }: FieldsProps) {
  const { t } = useWords()
  return (
    <fieldset className={styles['box']}>
      <legend>{t('admin.zones.period', { number: index + 1 })}</legend>
      <TextInput
        label={t('admin.zones.zone')}
        description={t('admin.zones.zoneHelp')}
        required
        maxLength={64}
        autoCapitalize="none"
        spellCheck={false}
        value={zone}
        error={isTried && zone.trim() === '' ? t('admin.required') : faultAt('zone')}
        onChange={({ currentTarget: { value } }) => onChange({ zone: value })}
      />
      {index === 0 ? (
        <p className="note">{t('admin.zones.first')}</p>
      ) : (
        <TextInput
          type="datetime-local"
          step={1}
          label={t('admin.zones.since')}
          required
          value={since}
          error={isTried && instantOf(since) === null ? t('admin.required') : faultAt('valid_from')}
          onChange={({ currentTarget: { value } }) => onChange({ since: value })}
        />
      )}
      {onRemove !== null && (
        <div>
          <Button variant="default" size="compact-sm" onClick={onRemove} aria-label={t('admin.zones.removeNamed', { number: index + 1 })}>
            {t('admin.zones.remove')}
          </Button>
        </div>
      )}
    </fieldset>
  )
}
