#include "replay/perception/fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "replay/local_frame.h"
#include "replay/scoring/assignment.h"
#include "replay/sensors/ray_scene.h"

namespace bitgoeul::replay {
namespace {

constexpr double kSlow_mps = 2;        // as the stub: slow objects may be seen the other way round
constexpr double kMoves_mps = 3;       // fast enough to tell a lag
constexpr std::size_t kOwnTable = 50;  // truths of a class, to have a table of its own
constexpr std::size_t kMostPairs = 20'000;

double clamp_share(double value) { return std::clamp(value, 0.0, 1.0); }

struct Moments {
  double n = 0, sum = 0, squares = 0;
  void add(double value) { n += 1, sum += value, squares += value * value; }
  double mean() const { return n > 0 ? sum / n : 0; }
  double sigma() const { return n > 1 ? std::sqrt(std::max(0.0, (squares - sum * sum / n) / (n - 1))) : 0; }
  double rms() const { return n > 0 ? std::sqrt(squares / n) : 0; }
};

// The inverse of the normal distribution as the stub has it.
double quantile(double p) {
  double low = -8, high = 8;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (normal_distribution(middle) < p ? low : high) = middle;
  }
  return (low + high) / 2;
}

// Both of two standard normals of correlation rho below h and k (Sheppard 1899, by Simpson's rule).
double both_below(double h, double k, double rho) {
  constexpr int kSteps = 32;
  double sum = 0;
  for (int i = 0; i <= kSteps; ++i) {
    const double r = rho * i / kSteps, left = 1 - r * r;
    const double value = sim::exp(-(h * h - 2 * h * k * r + k * k) / (2 * left)) / std::sqrt(left);
    sum += value * (i == 0 || i == kSteps ? 1 : i % 2 == 1 ? 4 : 2);
  }
  return normal_distribution(h) * normal_distribution(k) + sum * rho / (3 * kSteps) / (2 * sim::kPi);
}

double time_of(double correlation, double dt_s) {
  return correlation > 1e-3 && correlation < 1 && dt_s > 0 ? -dt_s / sim::log(correlation) : 0;
}

// Bands without samples take what the nearest one has; farther ones before nearer ones only where those are empty.
template <class Known>
void fill_gaps(std::vector<double>& values, std::size_t stride, std::size_t offset, Known known) {
  const std::size_t bands = values.size() / stride;
  for (std::size_t b = 0; b < bands; ++b) {
    if (known(b)) continue;
    for (std::size_t d = 1; d < bands; ++d) {
      const bool nearer = d <= b && known(b - d), farther = b + d < bands && known(b + d);
      if (!nearer && !farther) continue;
      values[b * stride + offset] = values[(nearer ? b - d : b + d) * stride + offset];
      break;
    }
  }
}

// What lies beyond the last edge belongs to the last bin.
std::size_t bin_within(const std::vector<double>& edges, double value) {
  return std::min(bin_of(edges, value), edges.size() - 1);
}

std::string list(const std::vector<double>& values, const char* format) {
  std::string text;
  for (const double v : values) text += (text.empty() ? "" : ", ") + fmt::format(fmt::runtime(format), v);
  return "[" + text + "]";
}

}  // namespace

Fit::Sample Fit::sample_of(const Percept& percept, const sim::Vec3& seat, const Box& truth, double share) {
  Sample s;
  s.time_ns = percept.time_ns;
  s.id = truth.id;
  s.object_class = truth.object_class;
  s.range_m = sim::hypot(truth.x - seat.x(), truth.y - seat.y());
  s.share = share;
  s.slow = sim::hypot(truth.vx_mps, truth.vy_mps) < kSlow_mps;
  return s;
}

void Fit::take(const Percept& percept) {
  if (!percept.has_truth) return;
  SensorFrame frame;
  frame.truth = percept.truth;
  const sim::Vec3 seat =
      percept.ego.position +
      percept.ego.rotation * sim::Vec3(options_.sensor_x_m, options_.sensor_y_m, options_.sensor_z_m);
  std::vector<double> shares = visible_shares(frame, seat.x(), seat.y());
  if (options_.scene != nullptr)
    for (std::size_t t = 0; t < shares.size(); ++t)
      if (shares[t] > 0) shares[t] *= options_.scene->open_share(seat, percept.truth[t]);
  const double yaw = yaw_of(percept.ego.rotation);
  const auto inside = [&](const Box& box) { return options_.region.holds(box, percept.ego.position, yaw); };
  Worths worths(percept.truth.size(), percept.detections.size());
  for (std::size_t t = 0; t < percept.truth.size(); ++t)
    for (std::size_t d = 0; d < percept.detections.size(); ++d) {
      const double off = distance_m(percept.truth[t], percept.detections[d]);
      if (off < options_.gate_m) worths(t, d) = 1.01 - off / options_.gate_m;
    }
  const std::vector<int> pairs = assign(worths);
  std::vector<char> used(percept.detections.size(), 0);
  for (std::size_t t = 0; t < percept.truth.size(); ++t) {
    const Box& truth = percept.truth[t];
    if (pairs[t] >= 0) used[static_cast<std::size_t>(pairs[t])] = 1;
    if (!inside(truth) || truth.ignored || (truth.points >= 0 && truth.points < options_.region.min_points)) continue;
    if (shares[t] <= 0) continue;  // wholly hidden: no stub finds it
    Sample s = sample_of(percept, seat, truth, shares[t]);
    if (pairs[t] >= 0) {
      const Box& found = percept.detections[static_cast<std::size_t>(pairs[t])];
      const double ux = (truth.x - seat.x()) / std::max(1e-3, s.range_m),
                   uy = (truth.y - seat.y()) / std::max(1e-3, s.range_m);
      const double dx = found.x - truth.x, dy = found.y - truth.y;
      s.hit = true;
      s.along_m = ux * dx + uy * dy, s.across_m = ux * dy - uy * dx;
      s.yaw_rad = sim::wrap_angle(found.yaw_rad - truth.yaw_rad);
      s.length = truth.length_m > 0 ? found.length_m / truth.length_m - 1 : 0;
      s.width = truth.width_m > 0 ? found.width_m / truth.width_m - 1 : 0;
      s.confused = found.object_class != truth.object_class;
      s.has_velocity = found.has_velocity && truth.has_velocity;
      s.vx_mps = found.vx_mps - truth.vx_mps, s.vy_mps = found.vy_mps - truth.vy_mps;
      const double speed_squared = truth.vx_mps * truth.vx_mps + truth.vy_mps * truth.vy_mps;
      if (truth.has_velocity && speed_squared > kMoves_mps * kMoves_mps)
        s.behind = -(dx * truth.vx_mps + dy * truth.vy_mps), s.speed_squared = speed_squared;
    }
    samples_.push_back(s);
  }
  std::vector<Wrong> wrong;
  for (std::size_t d = 0; d < percept.detections.size(); ++d) {
    const Box& box = percept.detections[d];
    if (used[d] || !inside(box)) continue;
    wrong.push_back({box.x, box.y});
    ++wrong_;
    wrong_cars_ += box.object_class != ObjectClass::kPedestrian;
    if (frames_ > 0)
      wrong_kept_ += std::any_of(last_wrong_.begin(), last_wrong_.end(),
                                 [&](const Wrong& w) { return sim::hypot(w.x - box.x, w.y - box.y) < 1; });
  }
  if (frames_ > 0) wrong_before_ += last_wrong_.size();
  last_wrong_ = std::move(wrong);
  if (frames_++ == 0) first_ns_ = percept.time_ns;
  last_ns_ = percept.time_ns;
  const auto late = static_cast<double>(percept.output_time_ns - percept.time_ns);
  least_late_ns_ = std::min(least_late_ns_, late), most_late_ns_ = std::max(most_late_ns_, late);
}

FittedClass Fit::table_of(const FittedTables& tables, const std::vector<const Sample*>& samples) const {
  const std::size_t bands = tables.bands_m.size(), shares = tables.shares.size();
  FittedClass out;
  out.detected.assign(bands * shares, 0);
  out.samples.assign(bands * shares, 0);
  std::vector<Moments> along(bands), across(bands);
  Moments yaw, size, velocity;
  double slow = 0, flipped = 0, hits = 0, confused = 0;
  for (const Sample* s : samples) {
    const std::size_t band = bin_within(tables.bands_m, s->range_m),
                      cell = band * shares + bin_within(tables.shares, s->share);
    out.samples[cell] += 1;
    if (!s->hit) continue;
    out.detected[cell] += 1;
    hits += 1;
    confused += s->confused;
    along[band].add(s->along_m), across[band].add(s->across_m);
    const bool flip = std::abs(s->yaw_rad) > sim::kPi / 2;
    slow += s->slow, flipped += s->slow && flip;
    yaw.add(flip ? sim::wrap_angle(s->yaw_rad + sim::kPi) : s->yaw_rad);
    size.add(s->length), size.add(s->width);
    if (s->has_velocity) velocity.add(s->vx_mps), velocity.add(s->vy_mps);
  }
  for (std::size_t cell = 0; cell < out.detected.size(); ++cell)  // Jeffreys: never wholly sure
    if (out.samples[cell] > 0) out.detected[cell] = (out.detected[cell] + 0.5) / (out.samples[cell] + 1);
  for (std::size_t share = 0; share < shares; ++share)
    fill_gaps(out.detected, shares, share, [&](std::size_t b) { return out.samples[b * shares + share] > 0; });
  const auto seen = [&](std::size_t share) {
    for (std::size_t b = 0; b < bands; ++b)
      if (out.samples[b * shares + share] > 0) return true;
    return false;
  };
  for (std::size_t b = 0; b < bands; ++b) {  // shares that nobody had anywhere: as the nearest that somebody had
    std::vector<double> row(out.detected.begin() + static_cast<std::ptrdiff_t>(b * shares),
                            out.detected.begin() + static_cast<std::ptrdiff_t>((b + 1) * shares));
    fill_gaps(row, 1, 0, seen);
    std::copy(row.begin(), row.end(), out.detected.begin() + static_cast<std::ptrdiff_t>(b * shares));
  }
  for (std::size_t b = 0; b < bands; ++b) {
    out.range_bias_m.push_back(along[b].mean()), out.range_sigma_m.push_back(along[b].sigma());
    out.cross_bias_m.push_back(across[b].mean()), out.cross_sigma_m.push_back(across[b].sigma());
  }
  for (std::vector<double>* errors : {&out.range_bias_m, &out.range_sigma_m, &out.cross_bias_m, &out.cross_sigma_m})
    fill_gaps(*errors, 1, 0, [&](std::size_t b) { return along[b].n > 1; });
  out.yaw_sigma_rad = yaw.rms();
  out.yaw_flip = slow > 0 ? flipped / slow : 0;
  out.size_sigma = clamp_share(size.rms());
  out.velocity_sigma_mps = velocity.rms();
  out.confusion = hits > 0 ? confused / hits : 0;
  return out;
}

// Losses: the correlation of the normals whose thresholds are the probabilities, from how often both of two frames in a
// row are hits. Errors: that of the range error, less its bias, in units of its spread.
void Fit::find_correlations(const FittedTables& tables, FitSummary& summary) const {
  std::map<std::uint64_t, const Sample*> last;
  struct Pair {
    double h, k;
  };
  std::vector<Pair> pairs;
  double both = 0, product = 0, squares = 0, passed = 0, steps = 0;
  const std::size_t shares = tables.shares.size();
  std::vector<double> thresholds;
  for (const double p : tables.all.detected) thresholds.push_back(quantile(std::clamp(p, 1e-6, 1 - 1e-6)));
  const auto cell_of = [&](const Sample& s) {
    return bin_within(tables.bands_m, s.range_m) * shares + bin_within(tables.shares, s.share);
  };
  const auto error_of = [&](const Sample& s) {
    const std::size_t band = bin_within(tables.bands_m, s.range_m);
    const double sigma = tables.all.range_sigma_m[band];
    return sigma > 0 ? (s.along_m - tables.all.range_bias_m[band]) / sigma : 0;
  };
  for (const Sample& s : samples_) {
    if (s.id == 0) continue;
    const Sample* before = std::exchange(last[s.id], &s);
    if (before == nullptr || s.time_ns - before->time_ns > 1'000'000'000) continue;
    passed += static_cast<double>(s.time_ns - before->time_ns) * 1e-9, steps += 1;
    if (pairs.size() < kMostPairs) {
      pairs.push_back({thresholds[cell_of(*before)], thresholds[cell_of(s)]});
      both += s.hit && before->hit;
    }
    if (!s.hit || !before->hit) continue;
    ++summary.error_pairs;
    product += error_of(*before) * error_of(s);
    squares += 0.5 * (error_of(*before) * error_of(*before) + error_of(s) * error_of(s));
  }
  summary.loss_pairs = pairs.size();
  const double dt_s = steps > 0 ? passed / steps : 0;
  if (squares > 0) summary.error_correlation_s = std::min(60.0, time_of(product / squares, dt_s));
  double low = 0, high = 0.999;
  for (int i = 0; i < 30 && !pairs.empty(); ++i) {
    const double middle = (low + high) / 2;
    double expected = 0;
    for (const Pair& pair : pairs) expected += both_below(pair.h, pair.k, middle);
    (expected < both ? low : high) = middle;
  }
  summary.loss_correlation_s = std::min(60.0, time_of(low, dt_s));
}

SensorModel Fit::model(FitSummary& summary) const {
  SensorModel out;
  out.name = "fitted";
  out.x_m = options_.sensor_x_m, out.y_m = options_.sensor_y_m;
  out.fov_deg = options_.region.fov_deg, out.soft_edge_deg = 0, out.near_m = 0;
  FittedTables& tables = out.fitted.emplace();
  const auto bands = static_cast<int>(std::ceil(options_.region.range_m / options_.band_m - 1e-9));
  for (int b = 1; b <= bands; ++b) tables.bands_m.push_back(std::min(b * options_.band_m, options_.region.range_m));
  tables.shares = {0.25, 0.5, 0.75, 1};
  std::vector<const Sample*> all;
  std::array<std::vector<const Sample*>, kObjectClasses> by_class;
  double behind = 0, speeds = 0;
  summary = {};
  for (const Sample& s : samples_) {
    all.push_back(&s);
    by_class[static_cast<std::size_t>(s.object_class)].push_back(&s);
    summary.hits += s.hit;
    behind += s.behind, speeds += s.speed_squared;
  }
  tables.all = table_of(tables, all);
  for (std::size_t c = 0; c < kObjectClasses; ++c)
    if (by_class[c].size() >= kOwnTable) tables.classes[c] = table_of(tables, by_class[c]);
  summary.frames = frames_, summary.truths = samples_.size(), summary.false_boxes = wrong_;
  summary.lag_s = speeds > 0 ? behind / speeds : 0;
  summary.latency_ms = frames_ > 0 ? least_late_ns_ * 1e-6 : 0;
  summary.latency_jitter_ms = frames_ > 0 ? (most_late_ns_ - least_late_ns_) * 1e-6 : 0;
  find_correlations(tables, summary);
  out.loss_correlation_s = summary.loss_correlation_s;
  out.error_correlation_s = summary.error_correlation_s;
  out.measures_velocity = tables.all.velocity_sigma_mps > 0;
  out.clutter = std::min(50.0, static_cast<double>(wrong_) / static_cast<double>(std::max<std::size_t>(1, frames_)));
  out.clutter_cars = wrong_ > 0 ? static_cast<double>(wrong_cars_) / static_cast<double>(wrong_) : 0.7;
  const double dt_s =
      frames_ > 1 ? static_cast<double>(last_ns_ - first_ns_) * 1e-9 / static_cast<double>(frames_ - 1) : 0.1;
  // Places are drawn anew every clutter_life_s: of two frames dt apart, a share dt / life stands on either side.
  const double kept = wrong_before_ > 0 ? static_cast<double>(wrong_kept_) / static_cast<double>(wrong_before_) : 0;
  out.clutter_life_s = std::clamp(dt_s / std::max(1e-3, 1 - kept), dt_s, 60.0);
  return out;
}

namespace {

std::string class_yaml(const std::string& name, const FittedClass& c, std::size_t shares) {
  double truths = 0;
  for (const double n : c.samples) truths += n;
  std::string text = fmt::format("      {}:  # {:.0f} truths\n", name, truths);
  const auto rows = [&](const char* key, const std::vector<double>& values, const char* format) {
    text += fmt::format("        {}:\n          [", key);
    for (std::size_t i = 0; i < values.size(); ++i)
      text += (i == 0 ? "" : i % shares == 0 ? ",\n           " : ", ") + fmt::format(fmt::runtime(format), values[i]);
    text += "]\n";
  };
  rows("detected", c.detected, "{:.4f}");
  rows("samples", c.samples, "{:.0f}");
  for (const auto& [key, values] :
       {std::pair{"range_bias_m", &c.range_bias_m}, std::pair{"range_sigma_m", &c.range_sigma_m},
        std::pair{"cross_bias_m", &c.cross_bias_m}, std::pair{"cross_sigma_m", &c.cross_sigma_m}})
    text += fmt::format("        {}: {}\n", key, list(*values, "{:.4f}"));
  text += fmt::format(
      "        yaw_sigma_rad: {:.4f}\n        yaw_flip: {:.4f}\n        size_sigma: {:.4f}\n"
      "        velocity_sigma_mps: {:.4f}\n        confusion: {:.4f}\n",
      c.yaw_sigma_rad, c.yaw_flip, c.size_sigma, c.velocity_sigma_mps, c.confusion);
  return text;
}

}  // namespace

std::string fit_yaml(const SensorModel& m, const FitSummary& s, const std::string& from) {
  const FittedTables& t = *m.fitted;
  std::string text = fmt::format(
      "# {}\n# {} truths in {} frames, {} found, {} false boxes. Behind the correlation times: {} pairs of frames\n"
      "# (losses), {} (errors). Rows of `detected`: a band of range; in it, by what is visible. A cell without "
      "samples\n"
      "# has what the nearest band has, a share without any what the nearest share has.\n",
      from, s.truths, s.frames, s.hits, s.false_boxes, s.loss_pairs, s.error_pairs);
  if (std::abs(s.lag_s) > 1e-3)
    text += fmt::format("# What was found lies {:.3f} s behind what moves: a latency that its times do not tell.\n",
                        s.lag_s);
  text += fmt::format("stub: fitted\nlatency_ms: {:.1f}\nlatency_jitter_ms: {:.1f}\nsensors:\n", s.latency_ms,
                      s.latency_jitter_ms);
  text += fmt::format(
      "  - name: {}\n    x_m: {:g}\n    y_m: {:g}\n    fov_deg: {:g}\n    soft_edge_deg: {:g}\n    near_m: {:g}\n"
      "    loss_correlation_s: {:.3f}\n    error_correlation_s: {:.3f}\n    measures_velocity: {}\n"
      "    clutter: {:.4f}\n    clutter_life_s: {:.3f}\n    clutter_cars: {:.3f}\n",
      m.name, m.x_m, m.y_m, m.fov_deg, m.soft_edge_deg, m.near_m, m.loss_correlation_s, m.error_correlation_s,
      m.measures_velocity, m.clutter, m.clutter_life_s, m.clutter_cars);
  text += fmt::format("    fitted:\n      bands_m: {}\n      shares: {}\n", list(t.bands_m, "{:g}"),
                      list(t.shares, "{:g}"));
  text += class_yaml("all", t.all, t.shares.size());
  for (std::size_t c = 0; c < kObjectClasses; ++c)
    if (t.classes[c])
      text += class_yaml(std::string(to_string(static_cast<ObjectClass>(c))), *t.classes[c], t.shares.size());
  return text;
}

}  // namespace bitgoeul::replay
