// rosbag2 folders: metadata.yaml names the files (.mcap, .db3, also compressed as a whole: .zstd), which follow each
// other as one log; each message in them may be compressed too. Compressed files are unpacked into a private temporary
// file for as long as they are read.
#include <yaml-cpp/yaml.h>

#include <stdlib.h>
#include <unistd.h>
#include <zstd.h>

#include <algorithm>
#include <utility>

#include "replay/file.h"
#include "replay/import/formats.h"

namespace bitgoeul::replay::import {
namespace {

// Nothing that is unpacked may be larger than this: a log of a vehicle shrinks to a third, of zeros to a thousandth.
std::uint64_t most_unpacked(std::uint64_t packed) { return packed * 1000 + (64u << 20); }

class Unpacked {
 public:
  static sim::Result<Unpacked> make(const std::filesystem::path& packed) {
    Unpacked out;
    std::string pattern = (std::filesystem::temp_directory_path() / "bitgoeul-XXXXXX").string();
    const int descriptor = ::mkstemp(pattern.data());  // of this user only
    if (descriptor < 0) return sim::fail("cannot be unpacked: no temporary file", packed.string());
    ::close(descriptor);
    out.path_ = pattern;
    if (auto done = out.fill(packed); !done) return tl::unexpected(done.error());
    return out;
  }
  Unpacked(Unpacked&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  Unpacked& operator=(Unpacked&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
  }
  ~Unpacked() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  Unpacked() = default;

  sim::Result<void> fill(const std::filesystem::path& packed) const {
    const auto in = InFile::open(packed);
    if (!in) return tl::unexpected(in.error());
    auto out = OutFile::create(path_);
    if (!out) return tl::unexpected(out.error());
    const std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
    std::string piece(1 << 20, '\0'), plain(1 << 20, '\0');
    std::uint64_t written = 0;
    std::size_t more = 1;
    for (std::uint64_t at = 0; at < in->size(); at += piece.size()) {
      piece.resize(std::min<std::uint64_t>(piece.size(), in->size() - at));
      if (auto read = in->read_at(at, piece.data(), piece.size()); !read) return read;
      ZSTD_inBuffer input{piece.data(), piece.size(), 0};
      do {
        ZSTD_outBuffer output{plain.data(), plain.size(), 0};
        more = ZSTD_decompressStream(context.get(), &output, &input);
        if (ZSTD_isError(more)) return sim::fail(std::string("zstd: ") + ZSTD_getErrorName(more), packed.string());
        if ((written += output.pos) > most_unpacked(in->size()))
          return sim::fail("unpacks to more than a thousand times its size", packed.string());
        if (auto appended = out->append(std::string_view(plain).substr(0, output.pos)); !appended) return appended;
        if (output.pos < plain.size() && input.pos == input.size) break;
      } while (true);
    }
    if (more != 0) return sim::fail("ends inside its zstd frame", packed.string());
    return out->close();
  }

  std::filesystem::path path_;
};

// Files of one log with the same topics: by time, whichever file is next.
class Files final : public Source {
 public:
  Files(std::vector<Unpacked> unpacked, std::vector<std::unique_ptr<Source>> parts, sim::Issues issues)
      : unpacked_(std::move(unpacked)), parts_(std::move(parts)) {
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

  std::vector<Unpacked> unpacked_;  // outlive their sources
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

sim::Result<std::unique_ptr<Source>> open_rosbag2(const std::filesystem::path& path, const Rules& given) {
  const std::filesystem::path metadata = path / "metadata.yaml";
  std::vector<std::string> names;
  std::string mode, packing;
  std::int64_t messages = -1;
  try {
    const YAML::Node root = YAML::LoadFile(metadata.string())["rosbag2_bagfile_information"];
    if (!root) return sim::fail("has no rosbag2_bagfile_information", metadata.string());
    for (const auto& name : root["relative_file_paths"]) names.push_back(name.as<std::string>());
    if (root["compression_mode"]) mode = root["compression_mode"].as<std::string>();
    if (root["compression_format"]) packing = root["compression_format"].as<std::string>();
    if (root["message_count"]) messages = root["message_count"].as<std::int64_t>();
  } catch (const YAML::Exception& e) {
    return sim::fail(e.msg, metadata.string(), e.mark.line + 1);
  }
  if (!mode.empty() && mode != "NONE" && packing != "zstd")
    return sim::fail("is compressed as '" + packing + "', which is not read", metadata.string(), 0,
                     "compression_format", "`ros2 bag convert` writes it as zstd, or without");
  Rules rules = given;
  rules.zstd_messages = mode == "MESSAGE";
  std::vector<Unpacked> unpacked;
  std::vector<std::unique_ptr<Source>> parts;
  sim::Issues issues;
  std::uint64_t found = 0;
  for (const std::string& name : names) {
    std::filesystem::path file = path / std::filesystem::path(name).filename();
    if (file.extension() == ".zstd") {
      auto one = Unpacked::make(file);
      if (!one) {
        issues.push_back(one.error());
        continue;
      }
      unpacked.push_back(std::move(*one));
      file = unpacked.back().path();
    }
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
  return std::make_unique<Files>(std::move(unpacked), std::move(parts), std::move(issues));
}

}  // namespace bitgoeul::replay::import
