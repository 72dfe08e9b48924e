import { ActionIcon, Button } from '@mantine/core'
import { Pencil, Plus, Tag } from 'lucide-react'
import { lazy, Suspense, useState, type CSSProperties } from 'react'

import { EmptyPanel } from '@/parts/cards/EmptyPanel'
import { QueryCard } from '@/parts/cards/QueryCard'
import { useWords } from '@/words/words'

import { useCategories } from './api/categories'
import type { CategoryTarget } from './CategoryDrawer'
import { swatch } from './colours'
import styles from './planner.module.css'

const CategoryDrawer = lazy(async () => ({ default: (await import('./CategoryDrawer')).CategoryDrawer }))

/** The learner's categories in their order, each with its colour. */
export function CategoriesCard() {
  const { t } = useWords()
  const query = useCategories()
  const [target, setTarget] = useState<CategoryTarget | null>(null)
  // It stays where it is once it was opened, or it could not give the focus back.
  const [hasOpened, setOpened] = useState(false)
  const open = (next: CategoryTarget) => {
    setTarget(next)
    setOpened(true)
  }
  const add = (
    <Button variant="default" size="compact-sm" leftSection={<Plus size={14} aria-hidden />} onClick={() => open('new')}>
      {t('planner.category.add')}
    </Button>
  )
  const isEmpty = query.data?.categories.length === 0
  return (
    <>
      <QueryCard
        title={t('planner.categories')}
        query={query}
        lines={4}
        errorText={t('planner.categories.error')}
        aside={isEmpty ? undefined : add}
        isEmpty={({ categories }) => categories.length === 0}
        empty={<EmptyPanel Icon={Tag} text={t('planner.categories.empty')} action={add} />}
      >
        {({ categories }) => (
          <ul className={styles['categories']}>
            {categories.map((category) => {
              const tone: CSSProperties = { '--tone': swatch(category.color) }
              return (
                <li key={category.category_id} className={styles['category']}>
                  <span>
                    <span className={styles['swatch']} style={tone} /> {category.name}
                  </span>
                  <ActionIcon variant="subtle" aria-label={t('planner.category.edit', { name: category.name })} onClick={() => open(category)}>
                    <Pencil size={16} aria-hidden />
                  </ActionIcon>
                </li>
              )
            })}
          </ul>
        )}
      </QueryCard>
      <Suspense>
        {hasOpened && <CategoryDrawer target={target} categories={query.data?.categories ?? []} onClose={() => setTarget(null)} />}
      </Suspense>
    </>
  )
}
