import { Stack } from '@mantine/core'

import { SharesSection } from '@/features/sharing/SharesSection'
import { PausesSection } from '@/features/streaks/PausesSection'
import { RepairSection } from '@/features/streaks/RepairSection'
import { PageHeader } from '@/parts/PageHeader'
import { useWords } from '@/words/words'

import { AppearanceSection } from './AppearanceSection'
import { DataSection } from './DataSection'
import { DigestSection } from './DigestSection'
import { EraseSection } from './EraseSection'
import { OthersSection } from './OthersSection'
import { QuietSection } from './QuietSection'
import styles from './settings.module.css'
import { ZoneSection } from './ZoneSection'

/** Every choice a learner has about itself, in one column; what cannot be undone comes last. */
export function SettingsPage() {
  const { t } = useWords()
  return (
    <div className={styles['column']}>
      <PageHeader title={t('learners.title')} note={t('learners.note')} />
      <Stack gap="md">
        <ZoneSection />
        <AppearanceSection />
        <QuietSection />
        <DigestSection />
        <OthersSection />
        <SharesSection />
        <PausesSection />
        <RepairSection />
        <DataSection />
        <EraseSection />
      </Stack>
    </div>
  )
}
