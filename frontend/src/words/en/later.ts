// Written by scripts/words-index.mjs: one line a subject. Run `npm run words` after adding a file or using its words.
import achievements from './achievements.json'
import activities from './activities.json'
import admin from './admin.json'
import exports from './exports.json'
import goals from './goals.json'
import insight from './insight.json'
import leaderboards from './leaderboards.json'
import learners from './learners.json'
import operations from './operations.json'
import planner from './planner.json'
import problems from './problems.json'
import quickStats from './quickStats.json'
import sharing from './sharing.json'
import signIn from './signIn.json'
import skills from './skills.json'
import spaces from './spaces.json'

export default { achievements, activities, admin, exports, goals, insight, leaderboards, learners, operations, planner, problems, quickStats, sharing, signIn, skills, spaces }
