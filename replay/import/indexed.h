// Indexed: a Source of a folder whose items are all known when it is opened (frames in files, rows of tables): an entry
// per item, sorted by time, loaded when its turn comes. Base of the data set readers of this folder (KITTI, Argoverse
// 2, comma2k19, PCD), which fill description and entries. Memory: 24 bytes per item and one item. Thread rule: one
// thread per object.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "replay/import/formats.h"

namespace bitgoeul::replay::import {

class Indexed : public Source {
 public:
  const Description& description() const override { return description_; }
  void select(const std::vector<TopicRole>& roles) override { roles_ = roles; }
  sim::Result<void> seek(std::int64_t time_ns) override;
  sim::Result<bool> next(Item& item) override;

 protected:
  struct Entry {
    std::int64_t time_ns = 0;
    std::uint32_t topic = 0;
    std::uint64_t key = 0;  // what to load: the reader's own meaning
    auto operator<=>(const Entry&) const = default;
  };
  // Fills payload and frame; the error's `what` says why the item is left out.
  virtual sim::Result<void> load(const Entry& entry, Item& item) = 0;

  std::uint32_t add_topic(std::string name, std::string type, TopicRole role);
  void add_file(const std::filesystem::path& path, std::string format);
  void finish(const Rules& rules);  // sorts, and fills counts and times of the description

  Description description_;
  std::vector<Entry> entries_;

 private:
  std::vector<TopicRole> roles_;
  std::size_t next_ = 0;
};

// Of a category of a data set: the class of the first of `starts` that it starts with; kOther: none.
ObjectClass class_of(std::string_view category, std::span<const std::pair<std::string_view, ObjectClass>> starts);

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder, std::string_view extension);  // sorted
bool is_folder(const std::filesystem::path& path);
sim::Result<std::string> read_whole(const std::filesystem::path& file, std::uint64_t most_bytes = 256u << 20);
// Numbers between spaces; false: something else stands there too.
bool read_numbers(std::string_view text, std::vector<double>& out);

bool read_pcd(std::string_view bytes, PointCloud& out, std::string& why);  // pcd.cpp

}  // namespace bitgoeul::replay::import
