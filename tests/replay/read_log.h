// A log read to its end, for tests of the readers of foreign formats.
#pragma once

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "replay/source.h"

namespace replay_test {

namespace fs = std::filesystem;
using namespace bitgoeul;

struct ReadLog {
  replay::Description description;
  std::vector<std::shared_ptr<const sim::Snapshot>> snapshots;
  std::vector<replay::Item> frames;
};

inline ReadLog read_log(const fs::path& path) {
  auto source = replay::open_source({path});
  REQUIRE_MESSAGE(source, (source ? std::string() : sim::to_string(source.error())));
  ReadLog out;
  replay::Item item;
  for (;;) {
    const auto got = (*source)->next(item);
    REQUIRE(got);
    if (!*got) break;
    if (item.topic == replay::kSnapshotTopic)
      out.snapshots.push_back(std::get<std::shared_ptr<const sim::Snapshot>>(item.payload));
    else
      out.frames.push_back(item);
  }
  out.description = (*source)->description();
  return out;
}

template <class T>
const T* first(const ReadLog& log) {
  for (const replay::Item& item : log.frames)
    if (const T* payload = std::get_if<T>(&item.payload)) return payload;
  return nullptr;
}

inline void write(const fs::path& file, const std::string& bytes) {
  fs::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << bytes;
}

}  // namespace replay_test
