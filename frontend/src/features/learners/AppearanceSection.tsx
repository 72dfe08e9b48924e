import { SegmentedControl, useMantineColorScheme, type MantineColorScheme } from '@mantine/core'
import { useId } from 'react'

import { Card } from '@/parts/cards/Card'
import { LANGUAGES, useWords, type Language } from '@/words/words'

import styles from './settings.module.css'

const SCHEMES = ['auto', 'light', 'dark'] as const
const CHOICES = Object.entries(LANGUAGES).map(([value, label]) => ({ value, label }))

function isLanguage(value: string): value is Language {
  return value in LANGUAGES
}
function isScheme(value: string): value is MantineColorScheme {
  return SCHEMES.some((scheme) => scheme === value)
}

/** Language and colours of this browser. Nothing of it is sent. */
export function AppearanceSection() {
  const { t, language, setLanguage } = useWords()
  const { colorScheme, setColorScheme } = useMantineColorScheme()
  const names = { language: useId(), scheme: useId() }
  return (
    <Card title={t('learners.appearance')}>
      <div className={styles['form']}>
        <p className="note">{t('learners.appearance.note')}</p>
        <div>
          <h3 id={names.language}>{t('learners.language')}</h3>
          <SegmentedControl
            aria-labelledby={names.language}
            value={language}
            data={CHOICES}
            onChange={(value) => {
              if (isLanguage(value)) setLanguage(value)
            }}
          />
        </div>
        <div>
          <h3 id={names.scheme}>{t('learners.scheme')}</h3>
          <SegmentedControl
            aria-labelledby={names.scheme}
            value={colorScheme}
            data={SCHEMES.map((value) => ({ value, label: t(`learners.scheme.${value}`) }))}
            onChange={(value) => {
              if (isScheme(value)) setColorScheme(value)
            }}
          />
        </div>
      </div>
    </Card>
  )
}
