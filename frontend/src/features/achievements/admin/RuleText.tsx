import { useWords } from '@/words/words'

import styles from '../../operations/admin.module.css'
import { partsOf, type Condition } from './rule'

/** A rule in words, a line for each condition. */
export function RuleText({ rule }: { readonly rule: unknown }) {
  const { t } = useWords()
  const { join, conditions } = partsOf(rule)
  return (
    <>
      {conditions.length > 1 && <p>{t(`admin.rule.${join}`)}</p>}
      <ul className={styles['plain']}>
        {conditions.map((condition) => (
          <li key={condition.key}>
            <ConditionText condition={condition} />
          </li>
        ))}
      </ul>
    </>
  )
}

function ConditionText({ condition: { metric, atLeast, topic, objectType, verb } }: { readonly condition: Condition }) {
  const { t, format } = useWords()
  const name = t(`admin.metric.${metric}`)
  if (metric === 'manual') return <>{name}</>
  const filters = [topic, objectType, verb].filter((value) => value !== '')
  const number = Number(atLeast)
  return (
    <>
      {t('admin.rule.says', {
        metric: name,
        atLeast: Number.isNaN(number) ? atLeast : format.number(number),
        isFiltered: filters.length > 0,
        filters: format.list(filters),
      })}
    </>
  )
}
