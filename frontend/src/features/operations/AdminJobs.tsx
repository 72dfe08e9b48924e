// The jobs of the installation: what waits, how each ran last, and running one now.
import { Button } from '@mantine/core'
import { CircleCheck, CircleX, Loader } from 'lucide-react'

import type { Answer } from '@/api/client'
import { Chip } from '@/parts/Chip'
import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { FormFault } from '@/parts/forms/FormFault'
import { KeyFigure, KeyFigures } from '@/parts/cards/KeyFigure'
import { PageHeader } from '@/parts/PageHeader'
import { QueryCard } from '@/parts/cards/QueryCard'
import { RecordTable } from '@/parts/records/RecordTable'
import { useProblems } from '@/parts/forms/useProblems'
import { useToasts } from '@/parts/useToasts'
import { useWords } from '@/words/words'

import styles from './admin.module.css'
import { useErasures } from './api/erasures'
import { useJobs, useRunJob } from './api/jobs'
import { browserZone } from './zone'

type Jobs = Answer<'/api/admin/jobs'>
type Job = Jobs['jobs'][number]

export function AdminJobs() {
  const { t, format } = useWords()
  const jobs = useJobs()
  const erasures = useErasures()
  const zone = browserZone()
  return (
    <div className={styles['page']}>
      <PageHeader title={t('operations.jobs')} note={t('admin.zone', { zone })} />
      <QueryCard title={t('admin.jobs.waiting')} query={jobs} lines={2}>
        {(answer) => <Waiting jobs={answer} />}
      </QueryCard>
      <QueryCard
        title={t('admin.jobs.runs')}
        query={jobs}
        lines={8}
        isEmpty={(answer) => answer.jobs.length === 0}
        empty={<EmptyPanel text={t('admin.jobs.none')} />}
      >
        {(answer) => <Runs jobs={answer.jobs} />}
      </QueryCard>
      <QueryCard title={t('admin.erasures')} query={erasures} lines={1}>
        {({ erased_learners: erased, newest_at: newest }) => (
          <p>{t('admin.erasures.text', { erased, isSome: newest !== null, at: newest === null ? '' : format.moment(newest, zone) })}</p>
        )}
      </QueryCard>
    </div>
  )
}

function Waiting({ jobs: { snapshots, goals, rebuilds } }: { readonly jobs: Jobs }) {
  const { t, format } = useWords()
  const note = (since: string | null) =>
    since === null ? t('admin.jobs.nothingDue') : t('admin.jobs.dueSince', { at: format.moment(since, browserZone()) })
  return (
    <KeyFigures>
      <KeyFigure label={t('admin.jobs.snapshots')} value={format.number(snapshots.pending_days)} note={note(snapshots.oldest_due_at)} />
      <KeyFigure label={t('admin.jobs.goals')} value={format.number(goals.due_goals)} note={note(goals.oldest_due_at)} />
      <KeyFigure label={t('admin.jobs.rebuilds')} value={format.number(rebuilds.pending_learners)} note={note(rebuilds.oldest_due_at)} />
    </KeyFigures>
  )
}

function Runs({ jobs }: { readonly jobs: readonly Job[] }) {
  const { t, format } = useWords()
  const began = (at: string | null) => (at === null ? t('admin.jobs.never') : format.moment(at, browserZone()))
  return (
    <RecordTable
      label={t('admin.jobs.runs')}
      rows={jobs}
      rowKey={({ job }) => job}
      columns={[
        { label: t('admin.jobs.job'), width: 2.4, cell: ({ job }) => <JobName job={job} /> },
        { label: t('admin.jobs.result'), width: 1.4, cell: (job) => <Result job={job} /> },
        { label: t('admin.jobs.began'), width: 1.4, cell: ({ started_at: at }) => began(at) },
        { label: t('admin.jobs.failures'), isFigure: true, width: 0.7, cell: ({ failures }) => format.number(failures) },
        { label: t('admin.jobs.action'), cell: ({ job }) => <RunNow job={job} /> },
      ]}
    />
  )
}

function JobName({ job }: { readonly job: string }) {
  const { said } = useWords()
  return (
    <>
      {said('admin', { code: `job_${job}`, values: {}, text: job })}
      <div className="note">{job}</div>
    </>
  )
}

function Result({ job: { started_at: began, finished_at: ended, last_error: error } }: { readonly job: Job }) {
  const { t } = useWords()
  if (began !== null && (ended === null || Date.parse(ended) < Date.parse(began))) return <Chip Icon={Loader} tone="now">{t('admin.jobs.running')}</Chip>
  if (error === null) return <Chip Icon={CircleCheck} tone="earned">{t('admin.jobs.succeeded')}</Chip>
  return (
    <>
      <Chip Icon={CircleX} tone="danger">{t('admin.jobs.failed')}</Chip>
      <div className="note">{error}</div>
    </>
  )
}

function RunNow({ job }: { readonly job: string }) {
  const { t, said } = useWords()
  const toasts = useToasts()
  const problems = useProblems('admin')
  const run = useRunJob()
  const name = said('admin', { code: `job_${job}`, values: {}, text: job })
  const start = () =>
    run.mutate(job, {
      onSuccess: ({ worker_seen_at: seen }) => toasts.done(seen === null ? t('admin.jobs.noWorker') : t('admin.jobs.queued', { name })),
    })
  return (
    <>
      <Button variant="default" size="compact-sm" loading={run.isPending} onClick={start} aria-label={t('admin.jobs.runNamed', { name })}>
        {t('admin.jobs.run')}
      </Button>
      <FormFault text={problems.text(run.error)} />
    </>
  )
}
