#include "viewer/sensor_feed.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>

#include "maps/load_map.h"
#include "replay/local_frame.h"
#include "replay/perception/frame_maker.h"
#include "replay/scoring/assignment.h"

namespace bitgoeul::viewer {

namespace {

namespace fs = std::filesystem;
using replay::TopicRole;

constexpr std::size_t kBudget = 256u << 20, kPerceptBudget = 256u << 20;
constexpr std::int64_t kAheadNs = 1'000'000'000, kEnterNs = 300'000'000, kOldNs = 300'000'000;
constexpr double kMatchM = 2, kBorderM = 10;

std::size_t size_of(const Cloud& c) { return 64 + c.points.x.size() * 20; }
std::size_t size_of(const CameraPicture& p) { return 64 + p.image.data.size(); }

// Things by time within a budget of memory; those farthest from the wanted moment go.
template <class T>
class Shelf {
 public:
  void put(std::shared_ptr<const T> thing, std::int64_t wanted) {
    bytes_ += size_of(*thing);
    auto& place = all_[thing->time_ns];
    if (place) bytes_ -= size_of(*place);
    place = std::move(thing);
    while (bytes_ > kBudget && all_.size() > 2) {
      const auto first = all_.begin(), last = std::prev(all_.end());
      const auto gone = wanted - first->first > last->first - wanted ? first : last;
      bytes_ -= size_of(*gone->second);
      all_.erase(gone);
    }
  }
  std::shared_ptr<const T> at(std::int64_t time_ns) const {
    const auto after = all_.upper_bound(time_ns);
    if (after == all_.begin() || time_ns - std::prev(after)->first > kOldNs) return nullptr;
    return std::prev(after)->second;
  }

 private:
  std::map<std::int64_t, std::shared_ptr<const T>> all_;
  std::size_t bytes_ = 0;
};

bool has_role(const replay::Description& log, TopicRole role) {
  return std::any_of(log.topics.begin(), log.topics.end(), [role](const auto& t) { return t.role == role; });
}

std::string default_stub(const replay::Description& log) {
  if (has_role(log, TopicRole::kLidar)) return "lidar_cluster";
  return has_role(log, TopicRole::kObjects) ? "logged" : "";
}

// KITTI labels what its camera sees, nothing else.
replay::Region region_of(const replay::Description& log, const replay::StubSetup& stub) {
  replay::Region region;
  if (log.format.starts_with("kitti")) region.fov_deg = 80;
  if (stub.kind == replay::StubKind::kLidarCluster) region.range_m = stub.lidar.range_m, region.min_points = 5;
  return region;
}

bool inside(const replay::Box& box, const replay::Pose& ego, const replay::Region& region) {
  const double dx = box.x - ego.position.x(), dy = box.y - ego.position.y();
  if (std::hypot(dx, dy) > region.range_m) return false;
  const double off = std::remainder(std::atan2(dy, dx) - replay::yaw_of(ego.rotation), 2 * sim::kPi);
  return region.fov_deg >= 360 || std::abs(off) * 180 / sim::kPi <= region.fov_deg / 2;
}

std::vector<Verdict> judge_found(const JudgedPercept& p, const replay::Boxes& found, const replay::Region& region,
                                 std::vector<bool>* truth_found) {
  const replay::Boxes& truth = p.boxes.truth;
  std::vector<std::size_t> near;  // an assignment costs the cube of what it is given
  for (std::size_t i = 0; i < truth.size(); ++i)
    if (std::hypot(truth[i].x - p.boxes.ego.position.x(), truth[i].y - p.boxes.ego.position.y()) <
        region.range_m + kBorderM)
      near.push_back(i);
  replay::Worths worths(found.size(), near.size());
  for (std::size_t f = 0; f < found.size(); ++f)
    for (std::size_t t = 0; t < near.size(); ++t)
      if (const double d = replay::distance_m(found[f], truth[near[t]]); d < kMatchM)
        worths(f, t) = kMatchM - d + (p.truth[near[t]] == Verdict::kNotAsked ? 0 : kMatchM);
  const std::vector<int> pairs = replay::assign(worths);
  std::vector<Verdict> verdicts(found.size(), Verdict::kNotAsked);
  for (std::size_t f = 0; f < found.size(); ++f) {
    if (pairs[f] < 0) {
      verdicts[f] = inside(found[f], p.boxes.ego, region) ? Verdict::kGhost : Verdict::kNotAsked;
      continue;
    }
    const std::size_t t = near[static_cast<std::size_t>(pairs[f])];
    if (truth_found) (*truth_found)[t] = true;
    if (p.truth[t] != Verdict::kNotAsked) verdicts[f] = Verdict::kMatched;
  }
  return verdicts;
}

}  // namespace

JudgedPercept judge(replay::Percept percept, const replay::Region& region) {
  JudgedPercept out;
  out.boxes = std::move(percept);
  const replay::Percept& p = out.boxes;
  out.detections.assign(p.detections.size(), Verdict::kNotAsked);
  out.tracks.assign(p.tracks.size(), Verdict::kNotAsked);
  if (!p.has_truth) return out;
  for (const replay::Box& box : p.truth) {
    const bool asked =
        !box.ignored && inside(box, p.ego, region) && (box.points < 0 || box.points >= region.min_points);
    out.truth.push_back(asked ? Verdict::kMissed : Verdict::kNotAsked);
  }
  std::vector<bool> found(p.truth.size(), false);
  out.detections = judge_found(out, p.detections, region, &found);
  out.tracks = judge_found(out, p.tracks, region, nullptr);
  for (std::size_t i = 0; i < found.size(); ++i)
    if (found[i] && out.truth[i] == Verdict::kMissed) out.truth[i] = Verdict::kMatched;
  const auto count = [](const std::vector<Verdict>& all, Verdict v) {
    return static_cast<int>(std::count(all.begin(), all.end(), v));
  };
  out.matched = count(out.truth, Verdict::kMatched), out.missed = count(out.truth, Verdict::kMissed);
  out.ghosts = count(out.detections, Verdict::kGhost);
  return out;
}

struct SensorFeed::Impl {
  std::unique_ptr<replay::Source> source, whole;  // about the moment; from end to end
  replay::StubSetup stub;
  replay::Region region;
  FeedOptions options;
  std::int64_t start_ns = 0;
  bool points = false, pictures = false, thinks = false;
  std::atomic<bool> stop = false;

  std::mutex mutex;  // guards what follows
  std::condition_variable change;
  std::int64_t wanted = 0, read_from = -1, read_to = -1, thought_to = -1;
  bool read_all = false;
  Shelf<Cloud> clouds;
  std::map<std::string, Shelf<CameraPicture>> cameras;
  std::map<std::int64_t, std::shared_ptr<const JudgedPercept>> percepts;
  std::size_t percept_bytes = 0;
  std::string trouble;
  std::thread reader, thinker;

  void tell(const sim::Issue& issue) {
    std::lock_guard lock(mutex);
    if (trouble.empty()) trouble = sim::to_string(issue);
  }

  void keep(replay::SensorFrame&& frame) {
    if (!frame.has_cloud) return;
    auto cloud = std::make_shared<Cloud>();
    cloud->time_ns = frame.time_ns - start_ns;
    cloud->to_local = frame.ego * frame.cloud.to_body;
    cloud->points = std::move(frame.cloud);
    std::lock_guard lock(mutex);
    clouds.put(std::move(cloud), wanted);
  }

  void keep(replay::Item&& item) {
    auto picture = std::make_shared<CameraPicture>();
    picture->time_ns = item.time_ns - start_ns;
    picture->name = source->description().topics[item.topic].name;
    picture->image = std::move(std::get<replay::Image>(item.payload));
    std::lock_guard lock(mutex);
    const std::string name = picture->name;
    if (cameras.count(name) > 0 || cameras.size() < 16) cameras[name].put(std::move(picture), wanted);
  }

  // Where to read on from; < 0: from the wanted moment anew; nothing: all is there.
  std::optional<std::int64_t> next_read() {
    std::unique_lock lock(mutex);
    const bool apart = wanted < read_from || wanted > read_to + kAheadNs;
    if (apart && !(read_all && wanted >= read_from)) return -1;
    if (!read_all && read_to < wanted + kAheadNs) return read_to;
    change.wait_for(lock, std::chrono::milliseconds(20));
    return std::nullopt;
  }

  void read() {
    std::unique_ptr<replay::FrameMaker> maker;
    while (!stop) {
      const auto from = next_read();
      if (!from) continue;
      if (*from < 0 || !maker) {
        std::int64_t at = 0;
        {
          std::lock_guard lock(mutex);
          at = std::max<std::int64_t>(0, wanted - kEnterNs);
          read_from = read_to = at, read_all = false;
        }
        maker = std::make_unique<replay::FrameMaker>(source->description(), points, options.host);
        if (auto done = source->seek(at + start_ns); !done) return tell(done.error()), finish();
      }
      replay::Item item;
      auto got = source->next(item);
      if (!got) return tell(got.error()), finish();
      if (!*got) {
        if (auto last = maker->end()) keep(std::move(*last));
        maker = nullptr;
        std::lock_guard lock(mutex);
        read_all = true;
        change.notify_all();
        continue;
      }
      const std::int64_t time = item.time_ns - start_ns;
      if (auto frame = maker->take(item)) keep(std::move(*frame));
      if (std::holds_alternative<replay::Image>(item.payload)) keep(std::move(item));
      std::lock_guard lock(mutex);
      read_to = std::max(read_to, time);
      change.notify_all();
    }
  }

  void finish() {
    std::lock_guard lock(mutex);
    read_all = true, read_from = 0;
    change.notify_all();
  }

  void think() {
    replay::PerceptionOptions how;
    how.host = options.host;
    const auto done = replay::run_perception(*whole, stub, how, [this](replay::Percept&& percept) {
      auto judged = std::make_shared<const JudgedPercept>(judge(std::move(percept), region));
      const replay::Percept& boxes = judged->boxes;
      std::lock_guard lock(mutex);
      percept_bytes +=
          256 + (boxes.truth.size() + boxes.detections.size() + boxes.tracks.size()) * (sizeof(replay::Box) + 1);
      thought_to = boxes.time_ns - start_ns;
      percepts[thought_to] = std::move(judged);
      if (percept_bytes > kPerceptBudget && trouble.empty()) trouble = "the log is too long: detections end early";
      change.notify_all();
      return !stop && percept_bytes <= kPerceptBudget;
    });
    if (!done) tell(done.error());
    std::lock_guard lock(mutex);
    thought_to = std::numeric_limits<std::int64_t>::max();
    change.notify_all();
  }

  std::shared_ptr<const JudgedPercept> percept_at(std::int64_t time_ns) const {
    const auto after = percepts.upper_bound(time_ns);
    if (after == percepts.begin() || time_ns - std::prev(after)->first > kOldNs) return nullptr;
    return std::prev(after)->second;
  }
};

SensorFeed::SensorFeed(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

SensorFeed::~SensorFeed() {
  impl_->stop = true;
  impl_->change.notify_all();
  if (impl_->reader.joinable()) impl_->reader.join();
  if (impl_->thinker.joinable()) impl_->thinker.join();
}

sim::Result<std::unique_ptr<SensorFeed>> SensorFeed::open(const fs::path& log, const FeedOptions& options) {
  auto impl = std::make_unique<Impl>();
  Impl& f = *impl;
  f.options = options;
  replay::SourceOptions how;
  how.proj = options.proj;
  how.proj_offset_x = options.proj_offset_x, how.proj_offset_y = options.proj_offset_y;
  how.proj_offset_heading_rad = options.proj_offset_heading_rad;
  auto source = replay::open_source({log}, how);
  if (!source) return tl::unexpected(source.error());
  f.source = std::move(*source);
  const replay::Description& description = f.source->description();
  const std::string name = options.perception.empty() ? default_stub(description) : options.perception;
  f.points = has_role(description, TopicRole::kLidar), f.pictures = has_role(description, TopicRole::kCamera);
  f.thinks = !name.empty();
  if (!f.points && !f.pictures && !f.thinks) return nullptr;
  if (f.thinks) {
    auto stub = replay::load_stub(name, {(maps::assets_dir() / "perception").string()});
    if (!stub) return tl::unexpected(stub.error());
    f.stub = std::move(*stub);
    auto again = replay::open_source({log}, how);
    if (!again) return tl::unexpected(again.error());
    f.whole = std::move(*again);
  }
  f.region = region_of(description, f.stub);
  f.start_ns = description.run ? 0 : description.start_ns;
  if (f.points || f.pictures)
    f.reader = std::thread([&f] { f.read(); });
  else
    f.finish();
  if (f.thinks)
    f.thinker = std::thread([&f] { f.think(); });
  else
    f.thought_to = std::numeric_limits<std::int64_t>::max();
  return std::unique_ptr<SensorFeed>(new SensorFeed(std::move(impl)));
}

void SensorFeed::want(std::int64_t time_ns) {
  std::lock_guard lock(impl_->mutex);
  if (impl_->wanted == time_ns) return;
  impl_->wanted = time_ns;
  impl_->change.notify_all();
}

Sensed SensorFeed::about(std::int64_t time_ns) {
  std::lock_guard lock(impl_->mutex);
  Sensed sensed{impl_->clouds.at(time_ns), impl_->percept_at(time_ns), {}};
  for (const auto& [name, shelf] : impl_->cameras)
    if (auto picture = shelf.at(time_ns)) sensed.pictures.push_back(std::move(picture));
  return sensed;
}

Sensed SensorFeed::wait(std::int64_t time_ns) {
  want(time_ns);
  {
    std::unique_lock lock(impl_->mutex);
    Impl& f = *impl_;
    while (f.thought_to <= time_ns || f.read_from > time_ns || f.read_from < 0 || !(f.read_all || f.read_to > time_ns))
      f.change.wait_for(lock, std::chrono::milliseconds(20));
  }
  return about(time_ns);
}

std::vector<std::shared_ptr<const JudgedPercept>> SensorFeed::before(std::int64_t time_ns, std::int64_t reach_ns) {
  std::lock_guard lock(impl_->mutex);
  std::vector<std::shared_ptr<const JudgedPercept>> out;
  for (auto at = impl_->percepts.lower_bound(time_ns - reach_ns); at != impl_->percepts.upper_bound(time_ns); ++at)
    out.push_back(at->second);
  return out;
}

bool SensorFeed::has_points() const { return impl_->points; }
const replay::StubSetup& SensorFeed::stub() const { return impl_->stub; }
const replay::Region& SensorFeed::region() const { return impl_->region; }
std::string SensorFeed::trouble() {
  std::lock_guard lock(impl_->mutex);
  return impl_->trouble;
}

}  // namespace bitgoeul::viewer
