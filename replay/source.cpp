#include "replay/source.h"

#include <algorithm>
#include <array>
#include <deque>
#include <set>

#include "replay/import/formats.h"
#include "replay/local_frame.h"
#include "replay/snapshot_maker.h"

namespace bitgoeul::replay {
namespace {

constexpr std::array<std::string_view, 12> kRoleNames = {"other",  "ego_pose", "transforms", "gnss",    "imu",  "lidar",
                                                         "camera", "objects",  "signals",    "control", "text", "run"};
constexpr std::array<std::string_view, kObjectClasses> kClassNames = {
    "unknown", "car", "truck", "bus", "motorcycle", "bicycle", "pedestrian", "animal", "other"};

constexpr std::int64_t kLookBack_ns = 2'000'000'000;  // what is older says nothing about now
constexpr std::int64_t kSearch_ns = 20'000'000'000;   // for the first fix and the transforms that stand still
constexpr std::size_t kMostSearched = 20'000;         // messages

std::vector<TopicRole> with(std::vector<TopicRole> roles, const std::vector<TopicRole>& more) {
  for (const TopicRole role : more)
    if (std::find(roles.begin(), roles.end(), role) == roles.end()) roles.push_back(role);
  return roles;
}

// How well a topic tells where the objects are: the highest one makes the Snapshots.
int objects_rank(const TopicInfo& topic) {
  if (topic.count == 0) return 0;
  const auto has = [&](std::string_view word) { return topic.type.find(word) != std::string::npos; };
  if (has("GroundTruth") || has("SensorView") || has("annotation")) return 5;
  if (has("Track")) return 4;
  if (has("Predicted")) return 3;
  return has("SensorData") ? 1 : 2;
}

struct Part {
  std::unique_ptr<Source> source;
  std::int64_t offset_ns = 0;
  std::uint32_t first_topic = 0;
  Item head;
  bool has_head = false;
};

// Several formats' sources as one, with Snapshots.
class Merged final : public Source {
 public:
  Merged(std::vector<Part> parts, const SourceOptions& options, const import::Rules& rules)
      : parts_(std::move(parts)), options_(options), local_(rules.ego_frame), maker_(description_) {}

  sim::Result<void> start() {
    describe();
    wanted_ = options_.only_roles;
    const auto count_of = [&](TopicRole role) {
      return std::count_if(description_.topics.begin(), description_.topics.end(),
                           [&](const TopicInfo& topic) { return topic.role == role && topic.count > 0; });
    };
    if (options_.snapshots) {
      auto found = look_around(count_of(TopicRole::kGnss) > 0, count_of(TopicRole::kTransforms) > 0);
      if (!found) return found;
      choose_topics(count_of(TopicRole::kSignals) > 0);
    }
    return seek(description_.start_ns);
  }

  const Description& description() const override {
    gather();
    return description_;
  }

  void select(const std::vector<TopicRole>& roles) override {
    wanted_ = roles;
    for (Part& part : parts_) part.source->select(decoded());
  }

  sim::Result<void> seek(std::int64_t time_ns) override {
    local_.restart();
    maker_.restart();
    ready_.clear();
    if (options_.snapshots && time_ns > description_.start_ns) {
      for (Part& part : parts_) part.source->select(needed_);
      if (auto back = seek_parts(time_ns - kLookBack_ns); !back) return back;
      for (;;) {
        auto part = first_part();
        if (!part) return tl::unexpected(part.error());
        if (*part == nullptr || (*part)->head.time_ns >= time_ns) break;
        take((*part)->head);
        (*part)->has_head = false;
      }
      if (maker_.has_news()) (void)maker_.make();
    }
    for (Part& part : parts_) part.source->select(decoded());
    return seek_parts(time_ns);
  }

  sim::Result<bool> next(Item& item) override {
    while (ready_.empty()) {
      auto part = first_part();
      if (!part) return tl::unexpected(part.error());
      if (maker_.has_news() && (*part == nullptr || (*part)->head.time_ns > maker_.time_ns())) {
        give_snapshot();
        break;
      }
      if (*part == nullptr) return false;
      (*part)->has_head = false;
      Item taken = std::move((*part)->head);
      take(taken);
      if (wants(taken)) ready_.push_back(std::move(taken));
    }
    item = std::move(ready_.front());
    ready_.pop_front();
    return true;
  }

 private:
  bool wants(const Item& item) const {
    if (item.topic == kSnapshotTopic) return options_.snapshots;
    const TopicRole role = description_.topics[item.topic].role;
    return wanted_.empty() || std::find(wanted_.begin(), wanted_.end(), role) != wanted_.end();
  }

  std::vector<TopicRole> decoded() const { return wanted_.empty() ? wanted_ : with(wanted_, needed_); }

  void give_snapshot() {
    Item item;
    item.time_ns = maker_.time_ns();
    item.topic = kSnapshotTopic;
    item.frame = import::kWorldFrame;
    item.payload = maker_.make();
    ready_.push_back(std::move(item));
  }

  // Into the local frame, and into the next Snapshot.
  void take(Item& item) {
    if (item.topic == kSnapshotTopic) return;
    TopicInfo& topic = description_.topics[item.topic];
    if (topic.frame.empty()) topic.frame = item.frame;
    const bool moved = local_.take(item, pose_topic_);
    if (moved && local_.ego()) maker_.take(*local_.ego());
    if (item.topic == objects_topic_)
      if (const auto* objects = std::get_if<Objects>(&item.payload)) maker_.take(*objects, item.time_ns);
    if (needs_signals_)
      if (const auto* signals = std::get_if<SignalList>(&item.payload)) maker_.take(*signals, item.time_ns);
    for (sim::Issue& issue : local_.take_issues()) issues_.push_back(std::move(issue));
  }

  sim::Result<void> seek_parts(std::int64_t time_ns) {
    for (Part& part : parts_) {
      part.has_head = false;
      if (auto done = part.source->seek(time_ns - part.offset_ns); !done) return done;
    }
    return {};
  }

  // The part whose turn it is, null at the end.
  sim::Result<Part*> first_part() {
    Part* first = nullptr;
    for (Part& part : parts_) {
      if (!part.has_head) {
        auto got = part.source->next(part.head);
        if (!got) return tl::unexpected(got.error());
        if (!*got) continue;
        part.has_head = true;
        part.head.time_ns += part.offset_ns;
        if (part.head.topic != kSnapshotTopic) part.head.topic += part.first_topic;
      }
      if (first == nullptr || part.head.time_ns < first->head.time_ns) first = &part;
    }
    return first;
  }

  void describe() {
    std::set<std::string> formats, bases;
    bool any = false;
    for (Part& part : parts_) {
      const Description& d = part.source->description();
      part.first_topic = static_cast<std::uint32_t>(description_.topics.size());
      for (TopicInfo topic : d.topics) {
        topic.start_ns += part.offset_ns;
        topic.end_ns += part.offset_ns;
        if (topic.count > 1 && topic.end_ns > topic.start_ns && topic.rate_hz == 0)
          topic.rate_hz =
              static_cast<double>(topic.count - 1) * 1e9 / static_cast<double>(topic.end_ns - topic.start_ns);
        description_.topics.push_back(std::move(topic));
      }
      description_.files.insert(description_.files.end(), d.files.begin(), d.files.end());
      formats.insert(d.format);
      bases.insert(d.time_base);
      if (!description_.run) description_.run = d.run;
      if (!description_.origin) description_.origin = d.origin;
      if (d.run) description_.frame = d.frame;
      if (d.run) run_names_ = d.entities;
      if (d.end_ns == 0 && d.start_ns == 0 && d.topics.empty()) continue;
      const std::int64_t start = d.start_ns + part.offset_ns, end = d.end_ns + part.offset_ns;
      description_.start_ns = any ? std::min(description_.start_ns, start) : start;
      description_.end_ns = any ? std::max(description_.end_ns, end) : end;
      any = true;
    }
    for (const std::string& format : formats)
      description_.format += (description_.format.empty() ? "" : " + ") + format;
    for (const std::string& base : bases)
      description_.time_base += (description_.time_base.empty() ? "" : " + ") + base;
    if (!description_.run) description_.type_names.assign(kClassNames.begin(), kClassNames.end());
  }

  // What is learned while reading.
  void gather() const {
    description_.issues = issues_;
    std::size_t topic = 0;
    for (const Part& part : parts_) {
      const Description& d = part.source->description();
      for (const TopicInfo& info : d.topics) {
        description_.topics[topic].dropped = info.dropped;
        description_.topics[topic++].why = info.why;
      }
      description_.issues.insert(description_.issues.end(), d.issues.begin(), d.issues.end());
    }
    if (description_.run) description_.entities = run_names_;
  }

  // The first fix, and whether the transforms say where the ego is.
  sim::Result<void> look_around(bool gnss, bool transforms) {
    if (!gnss && !transforms) return {};
    for (Part& part : parts_) part.source->select({TopicRole::kGnss, TopicRole::kTransforms});
    if (auto sought = seek_parts(description_.start_ns); !sought) return sought;
    std::optional<GnssFix> first;
    for (std::size_t i = 0; i < kMostSearched; ++i) {
      auto part = first_part();
      if (!part) return tl::unexpected(part.error());
      if (*part == nullptr || (*part)->head.time_ns > description_.start_ns + kSearch_ns) break;
      (*part)->has_head = false;
      if (const auto* fix = std::get_if<GnssFix>(&(*part)->head.payload); fix != nullptr && !first) first = *fix;
      (void)local_.take((*part)->head, kSnapshotTopic);
      if ((first || !gnss) && (!transforms || local_.transforms_place_ego())) break;
    }
    if (!first) return {};
    auto origin = local_.set_origin(*first, options_);
    if (!origin) return tl::unexpected(origin.error());
    gnss_origin_ = *origin;
    return {};
  }

  void choose_topics(bool has_signals) {
    const auto& topics = description_.topics;
    int best = 0;
    std::uint64_t poses = 0;
    for (std::uint32_t t = 0; t < topics.size(); ++t) {
      const int rank = topics[t].role == TopicRole::kObjects ? objects_rank(topics[t]) : 0;
      if (rank > best) objects_topic_ = t;
      best = std::max(best, rank);
      if (topics[t].role != TopicRole::kEgoPose || topics[t].count <= poses) continue;
      poses = topics[t].count;
      pose_topic_ = t;
    }
    needs_signals_ = has_signals;
    needed_ = {TopicRole::kTransforms};
    if (has_signals) needed_.push_back(TopicRole::kSignals);
    if (best > 0) needed_.push_back(TopicRole::kObjects);
    if (poses > 0) {
      use_pose(LocalFrame::PoseFrom::kPose, TopicRole::kEgoPose, "that of " + topics[pose_topic_].name);
    } else if (best == 5) {
      pose_topic_ = objects_topic_;
      use_pose(LocalFrame::PoseFrom::kObjects, TopicRole::kObjects, "that of " + topics[objects_topic_].name);
    } else if (local_.transforms_place_ego()) {
      use_pose(LocalFrame::PoseFrom::kTransforms, TopicRole::kTransforms, "that of the transforms");
    } else if (gnss_origin_) {
      description_.origin = gnss_origin_;
      use_pose(LocalFrame::PoseFrom::kGnss, TopicRole::kGnss,
               options_.proj.empty() ? "east and north of the first fix" : "the given projection");
    } else if (best > 0) {
      pose_topic_ = objects_topic_;
      use_pose(LocalFrame::PoseFrom::kObjects, TopicRole::kObjects,
               "that of " + topics[objects_topic_].name + "; the log does not say where its vehicle is");
    }
  }

  void use_pose(LocalFrame::PoseFrom from, TopicRole role, std::string frame) {
    local_.set_pose_from(from);
    needed_ = with(needed_, {role});
    if (!description_.run) description_.frame = std::move(frame);
  }

  std::vector<Part> parts_;
  SourceOptions options_;
  mutable Description description_;
  LocalFrame local_;
  SnapshotMaker maker_;
  std::vector<TopicRole> wanted_, needed_;
  std::uint32_t pose_topic_ = kSnapshotTopic, objects_topic_ = kSnapshotTopic;
  bool needs_signals_ = false;
  std::optional<Origin> gnss_origin_;
  std::vector<EntityInfo> run_names_;
  sim::Issues issues_;
  std::deque<Item> ready_;
};

std::int64_t offset_of(const std::filesystem::path& path, std::size_t index, const SourceOptions& options,
                       const import::Rules& rules) {
  double offset = index < options.offsets_s.size() ? options.offsets_s[index] : 0;
  for (const auto& [name, offset_s] : rules.offsets_s)
    if (name == path.string() || name == path.filename().string()) offset += offset_s;
  return static_cast<std::int64_t>(offset * 1e9 + (offset < 0 ? -0.5 : 0.5));
}

std::string known_formats() {
  std::string names;
  for (const import::Format& format : import::formats())
    names += (names.empty() ? "" : ", ") + std::string(format.name);
  return names;
}

// Logs in a folder that is none itself, as a remedy: `logs in it: a.bag (ROS 1 bag), ...`.
std::string logs_inside(const std::filesystem::path& folder) {
  constexpr std::size_t kMostEntries = 2000, kMostNames = 5;
  constexpr int kDepth = 3;
  std::vector<std::string> found;
  std::error_code error;
  std::size_t seen = 0;
  std::filesystem::recursive_directory_iterator it(folder, error), end;
  for (; !error && it != end && ++seen < kMostEntries; it.increment(error)) {
    if (it.depth() >= kDepth) it.disable_recursion_pending();
    for (const import::Format& format : import::formats()) {
      if (!format.fits(it->path())) continue;
      found.push_back(it->path().lexically_relative(folder).string() + " (" + std::string(format.name) + ")");
      it.disable_recursion_pending();
      break;
    }
  }
  std::sort(found.begin(), found.end());
  if (found.empty()) return {};
  std::string text = "give a log in it: ";
  for (std::size_t i = 0; i < std::min(found.size(), kMostNames); ++i) text += (i > 0 ? ", " : "") + found[i];
  return found.size() > kMostNames ? text + " and " + std::to_string(found.size() - kMostNames) + " more" : text;
}

}  // namespace

std::string_view to_string(TopicRole role) { return kRoleNames.at(static_cast<std::size_t>(role)); }
std::string_view to_string(ObjectClass c) { return kClassNames.at(static_cast<std::size_t>(c)); }

std::optional<TopicRole> topic_role(std::string_view name) {
  const auto found = std::find(kRoleNames.begin(), kRoleNames.end(), name);
  if (found == kRoleNames.end()) return std::nullopt;
  return static_cast<TopicRole>(found - kRoleNames.begin());
}

sim::Result<std::unique_ptr<Source>> open_source(const std::vector<std::filesystem::path>& paths,
                                                 const SourceOptions& options) {
  import::Rules rules;
  if (!options.roles.empty()) {
    auto read = import::read_rules(options.roles);
    if (!read) return tl::unexpected(read.error());
    rules = std::move(*read);
  }
  std::vector<Part> parts;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    std::error_code error;
    if (!std::filesystem::exists(paths[i], error))
      return sim::fail("there is no such file or folder", paths[i].string());
    const auto formats = import::formats();
    const auto format = std::find_if(formats.begin(), formats.end(), [&](const auto& f) { return f.fits(paths[i]); });
    if (format == formats.end()) {
      const std::string inside = logs_inside(paths[i]);
      return sim::fail("is no log of a known format", paths[i].string(), 0, {},
                       inside.empty() ? "known are: " + known_formats() : inside);
    }
    auto opened = format->open(paths[i], rules);
    if (!opened) return tl::unexpected(opened.error());
    parts.push_back({.source = std::move(*opened), .offset_ns = offset_of(paths[i], i, options, rules)});
  }
  if (parts.empty()) return sim::fail("no log was given");
  auto merged = std::make_unique<Merged>(std::move(parts), options, rules);
  if (auto started = merged->start(); !started) return tl::unexpected(started.error());
  return merged;
}

sim::Result<std::shared_ptr<const sim::Snapshot>> snapshot_at(Source& source, std::int64_t time_ns) {
  std::shared_ptr<const sim::Snapshot> last;
  const auto look = [&](std::int64_t from) -> sim::Result<bool> {
    if (auto sought = source.seek(from); !sought) return tl::unexpected(sought.error());
    Item item;
    for (;;) {
      auto got = source.next(item);
      if (!got || !*got) return got;
      if (item.topic != kSnapshotTopic) continue;
      last = std::get<std::shared_ptr<const sim::Snapshot>>(item.payload);
      if (item.time_ns >= time_ns) return true;
    }
  };
  auto found = look(time_ns);
  if (found && !*found) found = look(source.description().start_ns);
  if (!found) return tl::unexpected(found.error());
  return last;
}

}  // namespace bitgoeul::replay
