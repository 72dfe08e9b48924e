// One learner, for an administrator: where it stands, why its streak is what it is, and what can be done.
import { ArrowLeft } from 'lucide-react'
import { Link } from 'react-router'

import { CardGrid } from '@/parts/cards/Card'
import { KeyFigure, KeyFigures } from '@/parts/cards/KeyFigure'
import { PageHeader } from '@/parts/PageHeader'
import { QueryCard } from '@/parts/cards/QueryCard'
import { useWords } from '@/words/words'

import styles from '../../operations/admin.module.css'
import { browserZone } from '../../operations/zone'
import { useInspected, type Inspected } from '../api/inspected'
import { LearnerDanger } from './LearnerDanger'
import { LearnerNotices } from './LearnerNotices'
import { LearnerRepairs } from './LearnerRepairs'
import { TimelineCard } from './TimelineCard'
import { ZonesCard } from './ZonesCard'

export function InspectedLearner({ id }: { readonly id: string }) {
  const { t } = useWords()
  const learner = useInspected(id)
  const name = learner.data?.profile.display_name ?? id.slice(0, 8)
  return (
    <div className={styles['page']}>
      <PageHeader
        title={name}
        note={learner.data?.progress.learner_id ?? id}
        actions={
          <Link to="/admin/learners" className={styles['back']}>
            <ArrowLeft size={16} aria-hidden /> {t('admin.learner.back')}
          </Link>
        }
      />
      <CardGrid>
        <QueryCard title={t('admin.learner.glance')} query={learner} height={84}>
          {(answer) => <Glance learner={answer} />}
        </QueryCard>
        <QueryCard title={t('admin.learner.facts')} query={learner} span={6} height={220}>
          {(answer) => <Facts learner={answer} />}
        </QueryCard>
        <ZonesCard id={id} learner={learner} />
        <TimelineCard id={id} />
        <LearnerRepairs id={id} />
        <LearnerNotices id={id} />
        <LearnerDanger id={id} name={name} />
      </CardGrid>
    </div>
  )
}

function Glance({ learner: { progress } }: { readonly learner: Inspected }) {
  const { t, format } = useWords()
  const { streak, achievements } = progress
  return (
    <KeyFigures>
      {streak !== undefined && (
        <KeyFigure
          label={t('admin.learner.streak')}
          value={t('admin.learner.days', { days: streak.current_streak })}
          note={t('admin.learner.longest', { days: streak.longest_streak, freezes: streak.freezes })}
        />
      )}
      <KeyFigure label={t('admin.learner.exercises')} value={format.number(progress.exercises_completed)} note={t('admin.learner.today', { count: progress.exercises_today })} />
      <KeyFigure label={t('admin.learner.practice')} value={format.minutes(progress.minutes)} />
      <KeyFigure label={t('admin.learner.points')} value={format.number(progress.points)} />
      {achievements !== undefined && (
        <KeyFigure label={t('admin.learner.achievements')} value={t('admin.learner.of', { unlocked: achievements.unlocked, total: achievements.total })} />
      )}
      <KeyFigure
        label={t('admin.learner.grade')}
        value={progress.grades.average === null ? t('admin.learner.noGrade') : format.number(progress.grades.average, 2)}
        note={t('admin.learner.graded', { count: progress.grades.graded })}
      />
    </KeyFigures>
  )
}

function Facts({ learner: { progress, profile, last_activity: last, projections } }: { readonly learner: Inspected }) {
  const { t, format } = useWords()
  const waits = [
    projections.rebuild_due_at !== null && t('admin.learner.waits.rebuild'),
    projections.outages_pending && t('admin.learner.waits.outages'),
    projections.achievements_pending && t('admin.learner.waits.achievements'),
  ].filter((wait) => wait !== false)
  const facts = [
    [t('admin.learners.zone'), `${progress.timezone} (${t(`admin.zones.source.${progress.zone_source}`)})`],
    [t('admin.learner.localDay'), format.day(progress.local_day)],
    [t('admin.learners.takesPart'), t('admin.learners.modes', { quiet: profile.quiet, boards: profile.boards })],
    [t('admin.learners.activities'), format.number(projections.activities)],
    [
      t('admin.learner.last'),
      last === null
        ? t('admin.learners.never')
        : t('admin.learner.lastText', { type: last.object_type, verb: last.verb, sender: last.sender, at: format.moment(last.occurred_at, browserZone()) }),
    ],
    [t('admin.learner.jobs'), waits.length === 0 ? t('admin.learner.upToDate') : format.list(waits)],
  ] as const
  return (
    <dl className={styles['facts']}>
      {facts.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
