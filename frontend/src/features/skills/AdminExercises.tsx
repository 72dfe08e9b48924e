// Exercises by how hard they are for a typical learner, so that authors find those that are too hard or tell nothing.
import { SegmentedControl, TextInput } from '@mantine/core'
import { CircleQuestionMark, MoveDown, MoveUp, type LucideIcon } from 'lucide-react'

import { Chip, type ChipTone } from '@/parts/Chip'
import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { EstimateBand } from '@/parts/progress/EstimateBand'
import { PageHeader } from '@/parts/PageHeader'
import { QueryCard } from '@/parts/cards/QueryCard'
import { RecordTable } from '@/parts/records/RecordTable'
import { useAddress } from '@/parts/useAddress'
import { useWords } from '@/words/words'

import styles from '../operations/admin.module.css'
import { LoadMore } from '../operations/LoadMore'
import { useSearchText } from '../operations/useSearchText'
import { useExercises, type Exercise, type ExerciseOrder } from './api/exercises'

const ORDERS: readonly ExerciseOrder[] = ['hardest', 'easiest']
const NOTES: Readonly<Record<NonNullable<Exercise['note']>, readonly [LucideIcon, ChipTone]>> = {
  too_hard: [MoveUp, 'now'],
  too_easy: [MoveDown, 'plain'],
  uncertain: [CircleQuestionMark, 'plain'],
}

export function AdminExercises() {
  const { t } = useWords()
  const { get, set } = useAddress()
  const [text, setText] = useSearchText('topic')
  const topic = get('topic') ?? ''
  const order = ORDERS.find((one) => one === get('order')) ?? 'hardest'
  const exercises = useExercises(topic, order)
  return (
    <div className={styles['page']}>
      <PageHeader title={t('operations.exercises')} note={t('admin.exercises.note')} />
      <SegmentedControl
        className={styles['filter'] ?? ''}
        aria-label={t('admin.exercises.order')}
        value={order}
        onChange={(value) => set({ order: value === 'hardest' ? null : value })}
        data={ORDERS.map((value) => ({ value, label: t(`admin.exercises.order.${value}`) }))}
      />
      <TextInput
        className={styles['search'] ?? ''}
        label={t('admin.exercises.topic')}
        description={t('admin.exercises.topicHelp')}
        value={text}
        maxLength={100}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <QueryCard
        title={t('admin.exercises.list')}
        query={exercises}
        lines={10}
        isEmpty={(all) => all.length === 0}
        empty={<EmptyPanel text={topic === '' ? t('admin.exercises.none') : t('admin.exercises.noneIn', { topic })} />}
      >
        {(all) => (
          <>
            <Rows exercises={all} />
            <LoadMore pages={exercises} />
          </>
        )}
      </QueryCard>
    </div>
  )
}

function Rows({ exercises }: { readonly exercises: readonly Exercise[] }) {
  const { t, format } = useWords()
  return (
    <RecordTable
      label={t('admin.exercises.list')}
      rows={exercises}
      rowKey={({ topic, exercise }) => `${topic}\n${exercise}`}
      columns={[
        { label: t('admin.exercises.exercise'), width: 2, cell: ({ topic, exercise }) => <Name topic={topic} exercise={exercise} /> },
        { label: t('admin.exercises.grades'), isFigure: true, width: 0.8, cell: ({ grades }) => format.number(grades) },
        { label: t('admin.exercises.average'), isFigure: true, width: 0.9, cell: ({ average_grade: average }) => format.number(average, 2) },
        { label: t('admin.exercises.typical'), width: 2, cell: (exercise) => <Typical exercise={exercise} /> },
        { label: t('admin.exercises.remark'), width: 1.4, cell: ({ note }) => note !== null && <Note note={note} /> },
      ]}
    />
  )
}

function Name({ topic, exercise }: Pick<Exercise, 'topic' | 'exercise'>) {
  const { t } = useWords()
  return (
    <>
      <strong>{exercise}</strong>
      <div className="note">{topic === '' ? t('admin.exercises.noTopic') : topic}</div>
    </>
  )
}

function Typical({ exercise: { exercise, typical, low, high } }: { readonly exercise: Exercise }) {
  const { t, format } = useWords()
  const values = { exercise, typical: format.number(typical), low: format.number(low), high: format.number(high) }
  return (
    <>
      <EstimateBand label={t('admin.exercises.image', values)} estimate={typical} low={low} high={high} />
      <div className="note">{t('admin.exercises.band', values)}</div>
    </>
  )
}

function Note({ note }: { readonly note: NonNullable<Exercise['note']> }) {
  const { t } = useWords()
  const [Icon, tone] = NOTES[note]
  return (
    <Chip Icon={Icon} tone={tone}>
      {t(`admin.exercises.note.${note}`)}
    </Chip>
  )
}
