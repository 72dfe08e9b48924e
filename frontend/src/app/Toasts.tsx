import '@/theme/toasts.css'

import { Notifications } from '@mantine/notifications'

/** Where toasts appear. `notifications.show` may be called before this chunk is there: they wait in its store. */
export default function Toasts() {
  return <Notifications position="bottom-right" limit={3} role="status" />
}
