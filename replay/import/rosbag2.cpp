// rosbag2 folders: metadata.yaml names the files (.mcap, .db3), which follow each other as one log.
#include <yaml-cpp/yaml.h>

#include <algorithm>

#include "replay/import/formats.h"

namespace bitgoeul::replay::import {
namespace {

// Files of one log with the same topics: by time, whichever file is next.
class Files final : public Source {
 public:
  Files(std::vector<std::unique_ptr<Source>> parts, sim::Issues issues) : parts_(std::move(parts)) {
    description_.format = "rosbag2";
    description_.issues = issues_ = std::move(issues);
    bool any = false;
    for (auto& part : parts_) {
      const Description& d = part->description();
      topic_of_.emplace_back();
      for (const TopicInfo& topic : d.topics) topic_of_.back().push_back(add(topic));
      description_.files.insert(description_.files.end(), d.files.begin(), d.files.end());
      description_.time_base = d.time_base;
      if (std::all_of(d.topics.begin(), d.topics.end(), [](const TopicInfo& t) { return t.count == 0; })) continue;
      description_.start_ns = any ? std::min(description_.start_ns, d.start_ns) : d.start_ns;
      description_.end_ns = any ? std::max(description_.end_ns, d.end_ns) : d.end_ns;
      any = true;
    }
    heads_.resize(parts_.size());
    has_head_.assign(parts_.size(), false);
  }

  const Description& description() const override {
    description_.issues = issues_;
    for (TopicInfo& topic : description_.topics) topic.dropped = 0;
    for (std::size_t p = 0; p < parts_.size(); ++p) {
      const Description& d = parts_[p]->description();
      for (std::size_t t = 0; t < d.topics.size(); ++t) {
        TopicInfo& topic = description_.topics[topic_of_[p][t]];
        topic.dropped += d.topics[t].dropped;
        if (topic.why.empty()) topic.why = d.topics[t].why;
      }
      description_.issues.insert(description_.issues.end(), d.issues.begin(), d.issues.end());
    }
    return description_;
  }

  void select(const std::vector<TopicRole>& roles) override {
    for (auto& part : parts_) part->select(roles);
  }

  sim::Result<void> seek(std::int64_t time_ns) override {
    has_head_.assign(parts_.size(), false);
    for (auto& part : parts_)
      if (auto done = part->seek(time_ns); !done) return done;
    return {};
  }

  sim::Result<bool> next(Item& item) override {
    std::size_t first = parts_.size();
    for (std::size_t p = 0; p < parts_.size(); ++p) {
      if (!has_head_[p]) {
        auto got = parts_[p]->next(heads_[p]);
        if (!got) return got;
        if (!*got) continue;
        has_head_[p] = true;
      }
      if (first == parts_.size() || heads_[p].time_ns < heads_[first].time_ns) first = p;
    }
    if (first == parts_.size()) return false;
    has_head_[first] = false;
    item = std::move(heads_[first]);
    if (item.topic != kSnapshotTopic) item.topic = topic_of_[first][item.topic];
    return true;
  }

 private:
  std::uint32_t add(const TopicInfo& topic) {
    for (std::uint32_t i = 0; i < description_.topics.size(); ++i) {
      TopicInfo& known = description_.topics[i];
      if (known.name != topic.name || known.type != topic.type) continue;
      if (topic.count > 0) {
        known.start_ns = known.count == 0 ? topic.start_ns : std::min(known.start_ns, topic.start_ns);
        known.end_ns = known.count == 0 ? topic.end_ns : std::max(known.end_ns, topic.end_ns);
      }
      known.count += topic.count;
      return i;
    }
    description_.topics.push_back(topic);
    return static_cast<std::uint32_t>(description_.topics.size() - 1);
  }

  std::vector<std::unique_ptr<Source>> parts_;
  mutable Description description_;
  sim::Issues issues_;
  std::vector<std::vector<std::uint32_t>> topic_of_;
  std::vector<Item> heads_;
  std::vector<bool> has_head_;
};

}  // namespace

bool is_rosbag2(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_regular_file(path / "metadata.yaml", error);
}

sim::Result<std::unique_ptr<Source>> open_rosbag2(const std::filesystem::path& path, const Rules& rules) {
  const std::filesystem::path metadata = path / "metadata.yaml";
  std::vector<std::string> names;
  std::int64_t messages = -1;
  try {
    const YAML::Node root = YAML::LoadFile(metadata.string())["rosbag2_bagfile_information"];
    if (!root) return sim::fail("has no rosbag2_bagfile_information", metadata.string());
    for (const auto& name : root["relative_file_paths"]) names.push_back(name.as<std::string>());
    if (root["message_count"]) messages = root["message_count"].as<std::int64_t>();
  } catch (const YAML::Exception& e) {
    return sim::fail(e.msg, metadata.string(), e.mark.line + 1);
  }
  std::vector<std::unique_ptr<Source>> parts;
  sim::Issues issues;
  std::uint64_t found = 0;
  for (const std::string& name : names) {
    const std::filesystem::path file = path / std::filesystem::path(name).filename();
    const bool mcap = is_mcap(file);
    if (!mcap && !is_rosbag2_sqlite(file)) {
      issues.push_back({.file = file.string(), .what = "is missing, or neither MCAP nor SQLite"});
      continue;
    }
    auto part = mcap ? open_mcap(file, rules) : open_rosbag2_sqlite(file, rules);
    if (!part) issues.push_back(part.error());
    if (!part) continue;
    for (const TopicInfo& topic : (*part)->description().topics) found += topic.count;
    parts.push_back(std::move(*part));
  }
  if (parts.empty() && !issues.empty()) return tl::unexpected(issues.front());
  if (parts.empty()) return sim::fail("names no files", metadata.string());
  if (messages >= 0 && static_cast<std::uint64_t>(messages) != found)
    issues.push_back(
        {.severity = sim::Severity::kWarning,
         .file = metadata.string(),
         .where = "message_count",
         .what = "says " + std::to_string(messages) + " messages, the files hold " + std::to_string(found)});
  return std::make_unique<Files>(std::move(parts), std::move(issues));
}

}  // namespace bitgoeul::replay::import
