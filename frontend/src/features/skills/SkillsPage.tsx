import { Button } from '@mantine/core'
import { Sprout } from 'lucide-react'
import { Link } from 'react-router'

import { Card } from '@/parts/cards/Card'
import { CardSkeleton } from '@/parts/cards/CardSkeleton'
import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { ErrorPanel } from '@/parts/cards/ErrorPanel'
import { PageHeader } from '@/parts/PageHeader'
import { useWords } from '@/words/words'

import { useSkillLevels } from './api/skill-levels'
import { NextLevelCard } from './NextLevelCard'
import { SkillRow } from './SkillRow'
import styles from './skills.module.css'

export function SkillsPage() {
  const { t } = useWords()
  const skills = useSkillLevels()
  const count = skills.data?.skills.length ?? 0
  return (
    <>
      <PageHeader title={t('skills.title')} note={count > 0 ? t('skills.note') : undefined} />
      <div className={styles['rows']}>
        {count > 0 && <NextLevelCard />}
        <Topics query={skills} />
      </div>
    </>
  )
}

function Topics({ query }: { readonly query: ReturnType<typeof useSkillLevels> }) {
  const { t } = useWords()
  if (query.data !== undefined && query.data.skills.length > 0)
    return query.data.skills.map((skill) => <SkillRow key={skill.topic} skill={skill} />)
  return (
    <Card title={t('skills.topics')} isBusy={query.isPending}>
      {query.data !== undefined ? (
        <EmptyPanel
          Icon={Sprout}
          text={t('skills.empty')}
          action={
            <Button component={Link} to="/goals">
              {t('skills.empty.next')}
            </Button>
          }
        />
      ) : query.error !== null ? (
        <ErrorPanel error={query.error} retry={() => void query.refetch()} />
      ) : (
        <CardSkeleton title={t('skills.title')} height={140} />
      )}
    </Card>
  )
}
