// Addresses and the platform's secret: here the journeys are the platform, and sign tokens as it would.
const PORT = Number(process.env['MILEPOST_PORT'] ?? '8110')

export const ADDRESS = `http://127.0.0.1:${PORT}`
/** The service that is started with a cookie and the origin of a platform. */
export const SIGN_IN_ADDRESS = `http://127.0.0.1:${PORT + 1}`
/** A platform whose pages may hand over tokens, and a page that may not. */
export const PLATFORM = `http://127.0.0.1:${PORT + 2}`
export const STRANGER = `http://127.0.0.1:${PORT + 3}`

export const COOKIE = 'milepost-journeys'
export const SECRET = 'a secret that only the journeys use, of 32 bytes or more'
