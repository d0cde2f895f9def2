#include "viewer/hands.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "viewer/app.h"

namespace bitgoeul::viewer {

namespace {

constexpr KeyHelp kHelp[] = {
    {"Space", "play, stand", "재생, 정지"},
    {"Left, Right", "one frame back, on", "한 프레임 뒤로, 앞으로"},
    {"- , =", "slower, faster", "느리게, 빠르게"},
    {"N , P", "next, previous event, mark or offence", "다음, 이전 사건, 표시, 위반"},
    {"Home, End", "to the start, to the end", "처음으로, 끝으로"},
    {"L", "loop", "반복"},
    {"M", "set a mark here", "표시 남기기"},
    {"1 ... 6", "camera: free, orbit, follow, driver, top, cinematic", "카메라: 자유, 궤도, 추적, 운전석, 위, 영화"},
    {"W A S D, R F", "move over the ground, up, down", "이동, 위, 아래"},
    {"Mouse left, right, wheel", "turn, move, nearer", "회전, 이동, 확대"},
    {"Click, double click", "pick, pick and follow", "선택, 선택하고 추적"},
    {"Tab", "next self-driving vehicle", "다음 자율주행차"},
    {"G", "whole map", "지도 전체"},
    {"C", "colour by role, speed, state, type, company, verdict", "색: 역할, 속도, 상태, 종류, 회사, 판정"},
    {"T", "labels", "이름표"},
    {"Y", "route, command and plan of the selected vehicle", "선택한 차량의 경로, 명령, 계획"},
    {"X", "measure", "거리 재기"},
    {"U", "two runs side by side, or one as ghosts", "두 실행을 나란히 또는 유령으로"},
    {"E , I , V , O , J , K", "panels: entities, inspector, view, events, criteria, sensors",
     "창: 객체, 정보, 보기, 사건, 판정, 센서"},
    {"B", "points of a lidar by height, intensity, time, none", "라이다 점 색: 높이, 세기, 시간, 없음"},
    {"H , F1", "this help", "도움말"},
    {"Q", "quit", "끝내기"},
};

void next_ego(State& s) {
  const Mover* first = nullptr;
  for (const Mover& m : s.moment.movers) {
    if (m.role != sim::Role::kEgo) continue;
    if (!first) first = &m;
    if (m.row > s.selected) return look_at(s, m.row);
  }
  if (first) look_at(s, first->row);
}

void mark_here(State& s) {
  s.marks.push_back({s.playback.time_ns, {}, s.selected});
  std::stable_sort(s.marks.begin(), s.marks.end(), [](const Mark& a, const Mark& b) { return a.time_ns < b.time_ns; });
  const bool kept = save_marks(s.first.marks_file, s.marks);
  tell(s,
       kept ? say(s, "mark saved", "표시 저장됨") : say(s, "mark set (not saved: no log file)", "표시됨 (저장 안 됨)"));
}

void take_clock_key(State& s, int key) {
  Playback& p = s.playback;
  switch (key) {
    case ' ':
      p.playing = !p.playing;
      if (p.playing && p.time_ns >= s.end_ns()) p.time_ns = 0;
      return;
    case kKeyLeft:
      return p.step(-1, s.end_ns());
    case kKeyRight:
      return p.step(1, s.end_ns());
    case '-':
      return p.faster(false);
    case '=':
    case '+':
      return p.faster(true);
    case 'n':
    case 'p':
      if (!p.jump(stops(s), key == 'n')) tell(s, say(s, "no event there", "사건 없음"));
      return;
    case kKeyHome:
      p.time_ns = 0;
      return;
    case kKeyEnd:
      p.time_ns = s.end_ns();
      return;
    case 'l':
      p.loop = !p.loop;
      return;
    default:
      return;
  }
}

void take_view_key(State& s, int key) {
  Settings& t = s.settings;
  switch (key) {
    case 'm':
      return mark_here(s);
    case '\t':
      return next_ego(s);
    case 'g':
      select(s, sim::kNone);
      return look_at_map(s);
    case 'c':
      t.color_by = (t.color_by + 1) % kColorBys;
      return;
    case 'b':
      t.points_by = (t.points_by + 1) % 4;
      return;
    case 't':
      t.labels = !t.labels;
      return;
    case 'y':
      t.intent = !t.intent;
      return;
    case 'u':
      t.side_by_side = !t.side_by_side;
      return;
    case 'x':
      s.measure.on = !s.measure.on, s.measure.points.clear();
      return;
    case 'e':
      t.show_entities = !t.show_entities;
      return;
    case 'i':
      t.show_inspector = !t.show_inspector;
      return;
    case 'v':
      t.show_view = !t.show_view;
      return;
    case 'o':
      t.show_events = !t.show_events;
      return;
    case 'j':
      t.show_criteria = !t.show_criteria;
      return;
    case 'k':
      t.show_sensors = !t.show_sensors;
      return;
    case 'h':
    case kKeyF1:
      t.show_help = !t.show_help;
      return;
    case kKeyEscape:
      t.show_help = false, s.measure.on = false;
      return select(s, sim::kNone);
    case 'q':
      s.wish.quit = true;
      return;
    default:
      if (key >= '1' && key <= '6') s.rig.mode = static_cast<CameraMode>(key - '1'), s.rig.has_lag = false;
  }
}

void take_mouse(State& s, const Input& input, int width, int height) {
  if (input.left && (input.dx != 0 || input.dy != 0))
    input.shift ? s.rig.pan(input.dx, input.dy) : s.rig.drag(input.dx, input.dy);
  if ((input.right || input.middle) && (input.dx != 0 || input.dy != 0)) {
    if (s.rig.mode == CameraMode::kOrbit && s.selected != sim::kNone) s.rig.mode = CameraMode::kFree;  // let go of it
    s.rig.pan(input.dx, input.dy);
  }
  if (input.wheel != 0) s.rig.zoom(input.wheel);
  if (!input.clicked && !input.double_clicked) return;
  if (s.measure.on) {
    if (s.under_mouse && input.clicked) s.measure.points.push_back(*s.under_mouse);
    return;
  }
  const bool right = s.halves() && input.x >= s.view_width(width);
  const sim::Row row = pick(right ? s.ghost : s.moment, s.pose, input.x - (right ? s.view_width(width) : 0), input.y,
                            s.view_width(width), height);
  if (row == sim::kNone) return;
  input.double_clicked ? look_at(s, row) : select(s, row);
}

}  // namespace

std::span<const KeyHelp> key_help() { return kHelp; }

void take_hands(State& s, const Input& input, double wall_s, int width, int height) {
  for (const int key : input.keys) {
    take_clock_key(s, key);
    take_view_key(s, key);
  }
  const auto down = [&input](int key) { return std::count(input.held.begin(), input.held.end(), key) > 0 ? 1.0 : 0.0; };
  const double ahead = down('w') - down('s'), left = down('a') - down('d'), up = down('r') - down('f');
  if (ahead != 0 || left != 0 || up != 0) {
    if (s.rig.mode != CameraMode::kTop) s.rig.mode = CameraMode::kFree;
    const double speed = wall_s * (input.shift ? 2.5 : 0.8);
    s.rig.move(ahead * speed, left * speed, up * speed);
  }
  take_mouse(s, input, width, height);
}

sim::Row pick(const Moment& moment, const CameraPose& pose, double x, double y, int width, int height) {
  const Vec3 ray = ray_through(pose, x, y, width, height);
  sim::Row best = sim::kNone;
  double nearest = std::numeric_limits<double>::infinity();
  for (const Mover& m : moment.movers) {
    const Vec3 d = pose.eye - m.center();
    const double c = std::cos(m.yaw), n = std::sin(m.yaw);
    const double origin[3] = {d.x() * c + d.y() * n, -d.x() * n + d.y() * c, d.z()};
    const double way[3] = {ray.x() * c + ray.y() * n, -ray.x() * n + ray.y() * c, ray.z()};
    // A little room around the box, more when it is far, so that a hand can hit it.
    const double room = 0.15 + 0.004 * d.norm();
    const double low[3] = {-m.length / 2 - room, -m.width / 2 - room, -room},
                 high[3] = {m.length / 2 + room, m.width / 2 + room, m.height + room};
    double enter = 0, leave = std::numeric_limits<double>::infinity();
    for (int i = 0; i < 3; ++i) {
      if (std::abs(way[i]) < 1e-12) {
        if (origin[i] < low[i] || origin[i] > high[i]) leave = -1;
        continue;
      }
      const double a = (low[i] - origin[i]) / way[i], b = (high[i] - origin[i]) / way[i];
      enter = std::max(enter, std::min(a, b)), leave = std::min(leave, std::max(a, b));
    }
    if (enter <= leave && enter < nearest) nearest = enter, best = m.row;
  }
  return best;
}

std::optional<Vec3> ground_under(const State& s, double x, double y, int width, int height,
                                 const std::function<double(double x, double y)>& height_of) {
  const Vec3 ray = ray_through(s.pose, x, y, width, height);
  if (ray.z() > -1e-3) return std::nullopt;
  double z = height_of(s.pose.eye.x(), s.pose.eye.y());
  Vec3 hit = s.pose.eye;
  for (int i = 0; i < 6; ++i) {  // the land is smooth: its height where the line last met it is soon right
    hit = s.pose.eye + ray * ((z - s.pose.eye.z()) / ray.z());
    z = height_of(hit.x(), hit.y());
  }
  return hit;
}

}  // namespace bitgoeul::viewer
