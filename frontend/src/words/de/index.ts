// Written by scripts/words-index.mjs: one line a subject. Run `npm run words` after adding a file.
import achievements from './achievements.json'
import activities from './activities.json'
import app from './app.json'
import goals from './goals.json'
import insight from './insight.json'
import leaderboards from './leaderboards.json'
import learners from './learners.json'
import operations from './operations.json'
import overview from './overview.json'
import parts from './parts.json'
import planner from './planner.json'
import signIn from './signIn.json'
import skills from './skills.json'
import spaces from './spaces.json'
import streaks from './streaks.json'

export default { achievements, activities, app, goals, insight, leaderboards, learners, operations, overview, parts, planner, signIn, skills, spaces, streaks }
