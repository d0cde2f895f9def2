#include "replay/import/indexed.h"

#include <charconv>

#include "replay/file.h"

namespace bitgoeul::replay::import {

sim::Result<void> Indexed::seek(std::int64_t time_ns) {
  const auto at = std::lower_bound(entries_.begin(), entries_.end(), Entry{time_ns, 0, 0});
  next_ = static_cast<std::size_t>(at - entries_.begin());
  return {};
}

sim::Result<bool> Indexed::next(Item& item) {
  while (next_ < entries_.size()) {
    const Entry& entry = entries_[next_++];
    TopicInfo& topic = description_.topics[entry.topic];
    if (topic.role == TopicRole::kOther) continue;
    if (!roles_.empty() && std::find(roles_.begin(), roles_.end(), topic.role) == roles_.end()) continue;
    item = {.time_ns = entry.time_ns, .topic = entry.topic};
    if (auto done = load(entry, item))
      return true;
    else if (++topic.dropped == 1)
      topic.why = done.error().what;
  }
  return false;
}

std::uint32_t Indexed::add_topic(std::string name, std::string type, TopicRole role) {
  description_.topics.push_back(
      {.name = std::move(name), .type = std::move(type), .encoding = description_.format, .role = role});
  return static_cast<std::uint32_t>(description_.topics.size() - 1);
}

void Indexed::add_file(const std::filesystem::path& path, std::string format) {
  std::error_code error;
  FileInfo file{.path = path.string(), .format = std::move(format)};
  if (std::filesystem::is_regular_file(path, error)) file.bytes = std::filesystem::file_size(path, error);
  description_.files.push_back(std::move(file));
}

void Indexed::finish(const Rules& rules) {
  std::sort(entries_.begin(), entries_.end());
  for (const Entry& entry : entries_) {
    TopicInfo& topic = description_.topics[entry.topic];
    if (topic.count++ == 0) topic.start_ns = entry.time_ns;
    topic.end_ns = entry.time_ns;
  }
  for (TopicInfo& topic : description_.topics)
    for (const auto& [name, role] : rules.roles)
      if (name == topic.name && role == TopicRole::kOther) topic.role = role;
  if (entries_.empty()) return;
  description_.start_ns = entries_.front().time_ns;
  description_.end_ns = entries_.back().time_ns;
}

ObjectClass class_of(std::string_view category, std::span<const std::pair<std::string_view, ObjectClass>> starts) {
  const auto found =
      std::find_if(starts.begin(), starts.end(), [&](const auto& one) { return category.starts_with(one.first); });
  return found == starts.end() ? ObjectClass::kOther : found->second;
}

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder, std::string_view extension) {
  std::vector<std::filesystem::path> files;
  std::error_code error;
  for (std::filesystem::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
    if (it->path().extension() == extension) files.push_back(it->path());
  std::sort(files.begin(), files.end());
  return files;
}

bool is_folder(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::is_directory(path, error);
}

sim::Result<std::string> read_whole(const std::filesystem::path& path, std::uint64_t most_bytes) {
  const auto file = InFile::open(path);
  if (!file) return tl::unexpected(file.error());
  if (file->size() > most_bytes)
    return sim::fail("is larger than the limit of " + std::to_string(most_bytes), path.string());
  std::string bytes(file->size(), '\0');
  if (auto read = file->read_at(0, bytes.data(), bytes.size()); !read) return tl::unexpected(read.error());
  return bytes;
}

bool read_numbers(std::string_view text, std::vector<double>& out) {
  for (;;) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t' || text.front() == '\r'))
      text.remove_prefix(1);
    if (text.empty()) return true;
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc()) return false;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    out.push_back(value);
  }
}

}  // namespace bitgoeul::replay::import
