#include "viewer/app.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <future>
#include <utility>

#include "replay/diff.h"
#include "replay/local_frame.h"
#include "viewer/camera_texture.h"
#include "viewer/furniture_mesh.h"
#include "viewer/hands.h"
#include "viewer/panels.h"
#include "viewer/scene.h"
#include "viewer/screenshot.h"
#include "viewer/sensor_points.h"

namespace bitgoeul::viewer {

namespace {

using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

struct BothOpened {
  Opened first, second;
  std::optional<Divergence> divergence;
};

std::optional<Divergence> find_divergence(const Opened& a, const Opened& b) {
  if (a.run_log.empty() || b.run_log.empty()) return std::nullopt;
  const auto log_a = replay::RunLog::open(a.run_log), log_b = replay::RunLog::open(b.run_log);
  if (!log_a || !log_b) return std::nullopt;
  const auto difference = replay::diff_logs(*log_a, *log_b);
  if (!difference || !difference->first) return std::nullopt;
  Divergence out{difference->first->time_ns, difference->first->step, {}};
  if (const auto& v = difference->value) out.what = v->entity + " " + v->column + ": " + v->a + " | " + v->b;
  return out;
}

BothOpened open_all(const AppOptions& options) {
  BothOpened both;
  if (!options.paths.empty()) both.first = open(options.paths[0], options.open);
  if (options.paths.size() > 1) both.second = open(options.paths[1], options.open);
  both.divergence = find_divergence(both.first, both.second);
  return both;
}

}  // namespace

struct App::Impl {
  AppOptions options;
  std::unique_ptr<Window> window;
  std::unique_ptr<Scene> scene;
  State state;
  std::future<BothOpened> opening;
  std::future<Routes> routes;  // of the first, from when they are first asked for
  std::vector<SignalLamp> lamp_places;
  std::vector<Lamp> lamps, other_lamps;
  std::vector<Actor> actors, others;  // others: side by side
  ActorMaker maker, ghost_maker;
  std::size_t events_known = 0;
  CameraTextures textures;
  std::shared_ptr<const Cloud> shown_cloud;
  int shown_by = -1;
  bool placed = false;   // the eye of a log without a map: at its vehicle, once that is known
  bool patient = false;  // waits for exact frames and all tiles: pictures are made

  void take_opened(BothOpened both) {
    State& s = state;
    s.first = std::move(both.first), s.second = std::move(both.second);
    s.routes.clear();
    s.comparison.first = std::move(both.divergence);
    s.loading = false;
    if (!s.first.map) s.first.map = s.second.map;
    scene->set_map(s.first.map);
    lamp_places = s.first.map ? signal_lamps(*s.first.map) : std::vector<SignalLamp>{};
    if (!s.first.marks_file.empty()) s.marks = load_marks(s.first.marks_file);
    if (s.first.hour >= 0) s.weather.hour = s.first.hour;
    if (s.first.fog_m >= 0) s.weather.fog_m = s.first.fog_m;
    if (s.first.rain >= 0) s.weather.rain = s.first.rain;
    look_at_map(s);
  }

  void take_events() {
    Source* source = state.source();
    if (!source || source->event_count() == events_known) return;
    state.events = source->events(), state.story = source->story();
    events_known = state.events.size() + state.story.size();
  }

  void take_frames() {
    State& s = state;
    const std::int64_t t = s.playback.time_ns;
    const auto fill = [&](Source* source, Moment& moment) {
      if (!source) return;
      source->want(t);
      const FramePair pair = patient ? source->wait(t) : source->frames(t);
      // Better the moment before than an empty street while frames are on their way.
      if (pair.before || moment.movers.empty()) fill_moment(moment, *source, pair, t);
    };
    fill(s.first.source.get(), s.moment);
    fill(s.second.source.get(), s.ghost);
    if (s.first.source && s.second.source) s.comparison.refresh(*s.first.source, *s.second.source);
  }

  void take_intent() {
    State& s = state;
    s.intent = {};
    if (!s.source() || !s.settings.intent || s.selected == sim::kNone) return;
    if (auto find = std::exchange(s.first.find_routes, nullptr))
      routes = std::async(std::launch::async, std::move(find));
    if (routes.valid() && (patient || routes.wait_for(std::chrono::seconds(0)) == std::future_status::ready))
      s.routes = routes.get();
    s.intent = s.source()->intent(s.selected, s.playback.time_ns, patient);
  }

  void take_sensed() {
    State& s = state;
    SensorFeed* feed = s.first.feed.get();
    if (!feed) return;
    const std::int64_t t = s.playback.time_ns;
    feed->want(t);
    s.sensed = patient ? feed->wait(t) : feed->about(t);
    s.pictures = textures.show(s.sensed.pictures);
    if (shown_cloud == s.sensed.cloud && shown_by == s.settings.points_by) return;
    shown_cloud = s.sensed.cloud, shown_by = s.settings.points_by;
    const auto by = static_cast<PointsBy>(shown_by);
    if (!shown_cloud || by == PointsBy::kNone) return scene->set_points({}, Vec3(0, 0, 0), 2);
    scene->set_points(scene_points(*shown_cloud, by), shown_cloud->to_local.position, 2);
  }

  void place_eye() {
    State& s = state;
    if (placed || s.first.map || !s.source()) return;
    replay::Pose at;
    double yaw = 0;
    if (s.sensed.percept) {
      at = s.sensed.percept->boxes.ego, yaw = replay::yaw_of(at.rotation);
    } else if (!s.moment.movers.empty()) {
      const Mover& m = s.moment.movers.front();
      at.position = m.center(), yaw = m.yaw;
    } else {
      return;
    }
    placed = true;
    s.rig.focus = at.position + Vec3(std::cos(yaw), std::sin(yaw), 0) * 8, s.rig.yaw = yaw;
    s.rig.pitch = -0.45, s.rig.distance = 32;
    s.rig.mode = CameraMode::kOrbit;
  }

  std::optional<Subject> subject() const {
    const Mover* m = state.moment.find(state.selected);
    if (!m) return std::nullopt;
    return Subject{m->center(), m->yaw, m->pitch, m->length, m->height};
  }

  void fill_actors() {
    State& s = state;
    actors.clear();
    ActorLook look;
    look.color_by = static_cast<ColorBy>(s.settings.color_by);
    look.night = scene->light().night, look.selected = s.selected;
    look.only_egos = s.first.feed && s.first.feed->has_points();
    look.roster = &s.first.roster, look.map = s.first.map.get(), look.eye = s.pose.eye;
    maker.make(s.moment, look, actors);
    fill_lamps(s.moment, lamps);
    others.clear();
    if (!s.second.source) return;
    look.only_egos = false, look.roster = &s.second.roster;
    if (!s.halves()) look.ghost = true, look.selected = sim::kNone;
    ghost_maker.make(s.ghost, look, s.halves() ? others : actors);
    if (s.halves()) fill_lamps(s.ghost, other_lamps);
  }

  void fill_lamps(const Moment& moment, std::vector<Lamp>& out) const {
    out.clear();
    for (const SignalLamp& p : lamp_places) {
      const auto group = static_cast<std::size_t>(p.group);
      const bool known = p.group >= 0 && group < moment.signals.size();
      const bool flash = known && moment.signals[group] >= sim::SignalState::kFlashingRed &&
                         state.playback.time_ns / 500'000'000 % 2 == 1;
      out.push_back({p.position, p.heading, p.color,
                     known && !flash && (p.shows >> static_cast<unsigned>(moment.signals[group]) & 1) != 0});
    }
  }

  void do_wishes() {
    State& s = state;
    if (s.wish.restart && s.source() && s.source()->restart(s.wish.seed)) {
      s.playback.time_ns = 0, s.events.clear(), s.story.clear(), events_known = 0;
      tell(s, say(s, "restarted with another seed", "다른 시드로 다시 시작함"));
    }
    if (s.wish.save_picture && !window->image().rgb.empty()) {
      const auto written = write_image(window->image(), "bitgoeul_view.png");
      tell(s, written ? "bitgoeul_view.png" : sim::to_string(written.error()));
    }
    if (s.wish.quit) window->close();
    s.wish = {};
  }
};

App::App(AppOptions options, std::unique_ptr<Window> window) : impl_(std::make_unique<Impl>()) {
  Impl& a = *impl_;
  a.options = std::move(options);
  a.window = std::move(window);
  a.scene = std::make_unique<Scene>(a.window->root());
  if (!a.options.settings.empty()) a.state.settings = load_settings(a.options.settings);
  if (a.options.paths.empty()) return;
  if (a.options.wait_for_open) {
    a.patient = true;
    a.take_opened(open_all(a.options));
  } else {
    a.state.loading = true;
    a.opening = std::async(std::launch::async, [o = a.options] { return open_all(o); });
  }
}

App::~App() {
  Impl& a = *impl_;
  if (!a.options.settings.empty()) save_settings(a.options.settings, a.state.settings);
  a.scene = nullptr;  // before the context that its buffers live in
}

State& App::state() { return impl_->state; }
Window& App::window() { return *impl_->window; }
bool App::finished() const { return impl_->window->closed(); }

void App::frame(double wall_s, bool capture) {
  Impl& a = *impl_;
  State& s = a.state;
  if (a.opening.valid() && a.opening.wait_for(std::chrono::seconds(0)) == std::future_status::ready)
    a.take_opened(a.opening.get());
  const Input& input = a.window->begin();
  const Clock::time_point start = Clock::now();
  const bool picture_wanted = s.wish.save_picture;
  take_hands(s, input, wall_s, a.window->width(), a.window->height());
  s.playback.advance(wall_s, s.end_ns());
  a.take_events();
  a.take_frames();
  a.take_intent();
  a.take_sensed();
  a.place_eye();
  const double time_s = static_cast<double>(s.playback.time_ns) * 1e-9;
  if (s.selected == sim::kNone && s.rig.mode != CameraMode::kFree)
    s.rig.focus.z() = a.scene->ground(s.rig.focus.x(), s.rig.focus.y());
  s.pose = s.rig.pose(a.subject(), wall_s, time_s);
  if (s.rig.mode != CameraMode::kDriver) s.pose.fov_rad = s.settings.fov_deg * sim::kPi / 180;
  const double floor = a.scene->ground(s.pose.eye.x(), s.pose.eye.y()) + 1.0;
  if (s.rig.mode != CameraMode::kDriver && s.first.map) s.pose.eye.z() = std::max(s.pose.eye.z(), floor);
  a.fill_actors();
  const int width = a.window->width(), height = a.window->height(), view = s.view_width(width);
  const SceneRun run{a.actors, a.lamps}, second{a.others, a.other_lamps};
  a.scene->update(s.pose, static_cast<double>(view) / std::max(1, height), s.weather, time_s, run,
                  s.halves() ? &second : nullptr, a.patient);
  a.scene->place_right_half(s.pose, width, height);
  s.under_mouse = ground_under(s, input.x >= view ? input.x - view : input.x, input.y, view, height,
                               [&a](double x, double y) { return a.scene->ground(x, y); });
  if (a.options.panels) draw_panels(s, a.window->width(), a.window->height());
  s.prepare_ms = ms_since(start);
  s.message_left_s = std::max(0.0, s.message_left_s - wall_s);
  a.window->finish(s.pose, a.scene->near_m(), a.scene->far_m(), capture || picture_wanted, s.halves());
  s.frame_ms = ms_since(start);
  a.do_wishes();
}

void App::be_patient() { impl_->patient = true; }

const Image& App::still_picture() {
  be_patient();
  if (impl_->options.panels) frame(0);  // panels take their size in their first frame
  frame(0, true);
  return impl_->window->image();
}

void look_at_map(State& s) {
  if (!s.first.map) return;
  const maps::GeoBox& box = s.first.map->box;
  s.rig.focus = Vec3((box.min_x + box.max_x) / 2, (box.min_y + box.max_y) / 2, 0);
  s.rig.distance = std::clamp(0.8 * std::max(box.max_x - box.min_x, box.max_y - box.min_y), 40.0, 30000.0);
  s.rig.mode = CameraMode::kOrbit, s.rig.yaw = 1.2, s.rig.pitch = -0.75;
}

void look_at(State& s, sim::Row row) {
  select(s, row);
  if (s.rig.mode == CameraMode::kFree || s.rig.mode == CameraMode::kOrbit || s.rig.mode == CameraMode::kTop)
    s.rig.mode = CameraMode::kFollow;
  s.rig.yaw = 0, s.rig.pitch = -0.3, s.rig.distance = 18, s.rig.has_lag = false;
}

std::vector<std::int64_t> stops(const State& s) {
  std::vector<std::int64_t> times;
  for (const TimedEvent& e : s.events)
    if (notable(e.event)) times.push_back(e.time_ns);
  for (const TimedStory& e : s.story)
    if (notable(e.change)) times.push_back(e.time_ns);
  for (const Mark& m : s.marks) times.push_back(m.time_ns);
  for (const ShownCriterion& c : s.first.criteria)
    if (c.failed() && c.time_ns >= 0) times.push_back(c.time_ns);
  if (s.comparison.first) times.push_back(s.comparison.first->time_ns);
  std::sort(times.begin(), times.end());
  return times;
}

void select(State& s, sim::Row row) {
  if (s.selected == row) return;
  s.selected = row;
  s.rig.has_lag = false;
}

void tell(State& s, std::string message) { s.message = std::move(message), s.message_left_s = 4; }

}  // namespace bitgoeul::viewer
