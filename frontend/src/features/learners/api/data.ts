import { useMutation } from '@tanstack/react-query'

import { request } from '@/api/client'
import { saveFile } from '@/api/files'

/** Saves everything about the signed-in learner, as JSON. */
export const useSaveData = () =>
  useMutation({ mutationFn: async () => saveFile(await request('get', '/api/me/data'), 'milepost.json') })
