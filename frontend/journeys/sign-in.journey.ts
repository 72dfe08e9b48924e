import { expect, test } from './service'

test('sign in, Home shows its title', async ({ page, signIn }) => {
  await signIn(page, 'ada')
  await expect(page.getByRole('heading', { level: 1 })).toContainText('Good to see you')
  await expect(page).toHaveTitle(/Milepost/)
})
