// The Lucide icons that badges of the catalogue name. A chunk of its own: the first page shows few badges, or none.
import {
  Anchor, Award, Blocks, BookCopy, BookOpen, BookOpenText, Brain, CalendarCheck, CalendarCheck2, CalendarClock,
  CalendarDays, CalendarHeart, CalendarPlus, CalendarRange, ChartPie, Check, CheckCheck, CircleDot, CircleDotDashed,
  CircleQuestionMark, Clock, Clock1, Clock5, Compass, Crosshair, DoorOpen, Feather, Flag, Footprints, Gauge, Goal,
  GraduationCap, HeartHandshake, Hourglass, Landmark, Layers, Leaf, Library, Lightbulb, ListChecks, ListTodo, Map,
  Medal, MoonStar, Mountain, MountainSnow, Notebook, NotebookPen, NotebookText, Pencil, Repeat, Route, SearchCheck,
  Shapes, SignalHigh, SignalLow, SignalMedium, Signpost, Sparkle, SpellCheck, Split, Sprout, Star, Sun, Sunrise,
  Target, Telescope, Timer, TreeDeciduous, TreePine, Trees, TrendingUp, Trophy, Undo2, University, Users, Wind, Zap,
  type LucideIcon,
} from 'lucide-react'

export const BADGE_ICONS: Readonly<Record<string, LucideIcon>> = {
  anchor: Anchor, award: Award, blocks: Blocks, book: BookOpen, 'book-copy': BookCopy, 'book-open': BookOpen,
  'book-open-text': BookOpenText, brain: Brain, 'calendar-check': CalendarCheck, 'calendar-check-2': CalendarCheck2,
  'calendar-clock': CalendarClock, 'calendar-days': CalendarDays, 'calendar-heart': CalendarHeart,
  'calendar-plus': CalendarPlus, 'calendar-range': CalendarRange, check: Check, 'check-check': CheckCheck,
  'circle-dot': CircleDot, 'circle-dot-dashed': CircleDotDashed, 'circle-help': CircleQuestionMark, clock: Clock,
  'clock-1': Clock1, 'clock-5': Clock5, compass: Compass, crosshair: Crosshair, 'door-open': DoorOpen,
  feather: Feather, flag: Flag, footprints: Footprints, gauge: Gauge, goal: Goal, 'graduation-cap': GraduationCap,
  'heart-handshake': HeartHandshake, hourglass: Hourglass, landmark: Landmark, layers: Layers, leaf: Leaf,
  library: Library, lightbulb: Lightbulb, 'list-checks': ListChecks, 'list-todo': ListTodo, map: Map, medal: Medal,
  'moon-star': MoonStar, mountain: Mountain, 'mountain-snow': MountainSnow, notebook: Notebook,
  'notebook-pen': NotebookPen, 'notebook-text': NotebookText, pencil: Pencil, 'pie-chart': ChartPie, repeat: Repeat,
  route: Route, 'search-check': SearchCheck, shapes: Shapes, 'signal-high': SignalHigh, 'signal-low': SignalLow,
  'signal-medium': SignalMedium, signpost: Signpost, sparkle: Sparkle, 'spell-check': SpellCheck, split: Split,
  sprout: Sprout, star: Star, sun: Sun, sunrise: Sunrise, target: Target, telescope: Telescope, timer: Timer,
  tree: TreePine, 'tree-deciduous': TreeDeciduous, trees: Trees, 'trending-up': TrendingUp, trophy: Trophy,
  'undo-2': Undo2, university: University, users: Users, wind: Wind, zap: Zap,
}
