import { Button, NativeSelect, SegmentedControl, TextInput } from '@mantine/core'

import { useWords } from '@/words/words'

import styles from '../../operations/admin.module.css'
import { METRICS, newCondition, pointerOf, takesWhere, type Condition, type Draft } from './rule'

interface Props {
  readonly draft: Draft
  /** What is wrong at a JSON pointer of the definition. */
  readonly faultAt: (pointer: string) => string | undefined
  readonly onChange: (change: Partial<Draft>) => void
}

const MOST_CONDITIONS = 10

/** The rule of an achievement: one condition, or several of which all or any must hold. */
export function RuleFields({ draft, faultAt, onChange }: Props) {
  const { t } = useWords()
  const { conditions, join } = draft
  const change = (key: number, changed: Partial<Condition>) =>
    onChange({ conditions: conditions.map((one) => (one.key === key ? { ...one, ...changed } : one)) })
  const add = () => onChange({ conditions: [...conditions, newCondition(Math.max(...conditions.map(({ key }) => key)) + 1)] })
  const fault = conditions.length > 1 ? (faultAt('/rule') ?? faultAt(`/rule/${join}`)) : undefined
  return (
    <div className={styles['rows']}>
      {conditions.length > 1 && (
        <SegmentedControl
          fullWidth
          aria-label={t('admin.rule.join')}
          value={join}
          onChange={(value) => onChange({ join: value === 'any' ? 'any' : 'all' })}
          data={[
            { value: 'all', label: t('admin.rule.all') },
            { value: 'any', label: t('admin.rule.any') },
          ]}
        />
      )}
      {fault !== undefined && <p className={styles['fault']}>{fault}</p>}
      {conditions.map((condition, index) => (
        <fieldset key={condition.key} className={styles['box']}>
          <legend>{t('admin.rule.condition', { number: index + 1 })}</legend>
          <ConditionFields
            condition={condition}
            faultAt={(name) => faultAt(`${pointerOf(draft, index)}${name}`)}
            onChange={(changed) => change(condition.key, changed)}
          />
          {conditions.length > 1 && (
            <Button
              variant="default"
              size="compact-sm"
              onClick={() => onChange({ conditions: conditions.filter(({ key }) => key !== condition.key) })}
              aria-label={t('admin.rule.removeNamed', { number: index + 1 })}
            >
              {t('admin.rule.remove')}
            </Button>
          )}
        </fieldset>
      ))}
      {conditions.length < MOST_CONDITIONS && (
        <Button variant="default" onClick={add}>
          {t('admin.rule.add')}
        </Button>
      )}
    </div>
  )
}

interface ConditionProps {
  readonly condition: Condition
  readonly faultAt: (name: string) => string | undefined
  readonly onChange: (changed: Partial<Condition>) => void
}

function ConditionFields({ condition, faultAt, onChange }: ConditionProps) {
  const { t } = useWords()
  const { metric } = condition
  return (
    <>
      <NativeSelect
        label={t('admin.rule.metric')}
        value={metric}
        error={faultAt('/metric') ?? faultAt('')}
        data={METRICS.map((value) => ({ value, label: t(`admin.metric.${value}`) }))}
        onChange={({ currentTarget: { value } }) => onChange({ metric: METRICS.find((one) => one === value) ?? metric })}
      />
      {metric !== 'manual' && (
        <TextInput
          label={metric === 'skill_level' ? t('admin.rule.level') : t('admin.rule.atLeast')}
          required
          {...(metric !== 'skill_level' && { inputMode: 'numeric' })}
          value={condition.atLeast}
          error={faultAt('/at_least')}
          onChange={({ currentTarget: { value } }) => onChange({ atLeast: value })}
        />
      )}
      {metric === 'skill_level' && (
        <TextInput
          label={t('admin.rule.topic')}
          description={t('admin.rule.anyTopic')}
          value={condition.topic}
          error={faultAt('/topic')}
          onChange={({ currentTarget: { value } }) => onChange({ topic: value })}
        />
      )}
      {takesWhere(metric) && <WhereFields condition={condition} faultAt={faultAt} onChange={onChange} />}
    </>
  )
}

function WhereFields({ condition, faultAt, onChange }: ConditionProps) {
  const { t } = useWords()
  const field = (name: 'objectType' | 'verb' | 'topic', pointer: string) => (
    <TextInput
      label={t(`admin.rule.${name}`)}
      value={condition[name]}
      error={faultAt(pointer)}
      onChange={({ currentTarget: { value } }) => onChange({ [name]: value })}
    />
  )
  return (
    <details open={condition.topic !== '' || condition.objectType !== '' || condition.verb !== ''}>
      <summary>{t('admin.rule.where')}</summary>
      <div className={styles['line']}>
        {field('topic', '/where/topic')}
        {field('objectType', '/where/object_type')}
        {field('verb', '/where/verb')}
      </div>
    </details>
  )
}
