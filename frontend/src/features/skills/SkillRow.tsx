import { Card } from '@/parts/cards/Card'
import { Bar } from '@/parts/progress/Bar'
import { LevelTrack } from '@/parts/progress/LevelTrack'
import { Ring } from '@/parts/progress/Ring'
import { Why } from '@/parts/Why'
import { useWords } from '@/words/words'

import type { Skill } from './api/skill-levels'
import { MasterySection } from './MasterySection'
import styles from './skills.module.css'
import { useSkillWords } from './useSkillWords'

/** A topic: how far it is, its level and what the next one needs, and the parts with the weights used. */
export function SkillRow({ skill }: { readonly skill: Skill }) {
  return (
    <Card title={skill.topic}>
      <div className={styles['row']}>
        <Total skill={skill} />
        <Level skill={skill} />
        <Parts skill={skill} />
      </div>
      <MasterySection topic={skill.topic} mastery={skill.mastery} />
    </Card>
  )
}

function Total({ skill }: { readonly skill: Skill }) {
  const { t, format } = useWords()
  const { total } = skill.progress
  return (
    <div className={styles['total']}>
      <Ring size={96} label={t('skills.total', { topic: skill.topic })} percent={total} text={format.percent(total, 1)} />
      <ul className={styles['counts']}>
        <li>{t('skills.graded', { graded: skill.graded, exercises: skill.exercises })}</li>
        <li>{format.minutes(skill.minutes)}</li>
        {skill.average_grade !== null && (
          <li>{t('skills.average', { grade: format.number(skill.average_grade, 2) })}</li>
        )}
      </ul>
    </div>
  )
}

function Level({ skill }: { readonly skill: Skill }) {
  const { t, format } = useWords()
  const { level, levels, missing } = useSkillWords()
  const rows = [
    { label: t('skills.why.graded'), value: format.number(skill.graded) },
    { label: t('skills.why.average'), value: skill.average_grade === null ? '–' : format.number(skill.average_grade, 2) },
    ...(skill.next === null
      ? []
      : [
          { label: t('skills.why.exercisesMissing'), value: format.number(skill.next.exercises_missing) },
          { label: t('skills.why.gradeMissing'), value: format.number(skill.next.grade_missing) },
        ]),
    ...(skill.previous_level == null ? [] : [{ label: t('skills.why.before'), value: level(skill.previous_level) }]),
  ]
  const track = levels(skill)
  return (
    <div className={styles['level']}>
      <div className={styles['levelName']}>
        <h3>{level(skill.level)}</h3>
        <Why figure={t('skills.levelOf', { topic: skill.topic, level: level(skill.level) })} rows={rows}>
          {t('skills.why.text')}
        </Why>
      </div>
      {track !== null && <LevelTrack levels={track.names} held={track.held} />}
      <p className="note">{missing(skill)}</p>
    </div>
  )
}

function Parts({ skill }: { readonly skill: Skill }) {
  const { t, format } = useWords()
  const { part } = useSkillWords()
  const parts = Object.entries(skill.progress.parts)
  if (parts.length === 0) return <p className="note">{t('skills.noParts')}</p>
  return (
    <ul className={styles['parts']} aria-label={t('skills.parts', { topic: skill.topic })}>
      {parts.map(([name, percent]) => {
        const weight = skill.progress.weights_used[name]
        return (
          <li key={name}>
            <Bar
              size="small"
              label={part(name)}
              percent={percent}
              text={format.percent(percent, 1)}
              aside={
                weight !== undefined && (
                  <span className="note">{t('parts.weight', { percent: format.percent(weight * 100, 1) })}</span>
                )
              }
            />
          </li>
        )
      })}
    </ul>
  )
}
