// Written by scripts/words-index.mjs: one line a subject. Run `npm run words` after adding a file or using its words.
import app from './app.json'
import notices from './notices.json'
import overview from './overview.json'
import parts from './parts.json'
import streaks from './streaks.json'

export default { app, notices, overview, parts, streaks }
