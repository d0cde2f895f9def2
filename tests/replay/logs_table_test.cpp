// Every log of ../shared/data/logs and kitti: opened, described, read to its end, and turned into Snapshots where it
// has poses or objects; logs_table.csv says what each must give, and why where that is little.
// BITGOEUL_UPDATE_LOGS=FILE writes the table anew (reasons are kept).
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "replay/source.h"
#include "tests/support/folders.h"

namespace {

using namespace bitgoeul;
namespace fs = std::filesystem;

fs::path shared() {
  if (const char* given = std::getenv("BITGOEUL_SHARED")) return given;
  for (fs::path at = bitgoeul::tests::source_dir(); at.has_relative_path(); at = at.parent_path())
    if (fs::exists(at / "shared/data")) return at / "shared";
  return {};
}

struct Row {
  std::string path, facts, reason;  // facts: format,topics,messages,sensor frames,dropped,snapshots,most alive,complete
};

std::vector<Row> read_table() {
  std::vector<Row> rows;
  std::ifstream in(bitgoeul::tests::source_dir() + "/tests/replay/logs_table.csv");
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    const std::size_t first = line.find(','), last = line.rfind(',');
    rows.push_back({line.substr(0, first), line.substr(first + 1, last - first - 1), line.substr(last + 1)});
  }
  return rows;
}

std::string facts_of(const fs::path& log) {
  auto source = replay::open_source({log});
  if (!source) return "refused: " + source.error().what;
  std::size_t frames = 0, snapshots = 0, most = 0;
  replay::Item item;
  std::int64_t last = std::numeric_limits<std::int64_t>::min();
  for (;;) {
    const auto got = (*source)->next(item);
    REQUIRE_MESSAGE(got, log.string() << ": " << sim::to_string(got.error()));
    if (!*got) break;
    CHECK(item.time_ns >= last);
    last = item.time_ns;
    if (item.topic != replay::kSnapshotTopic) {
      ++frames;
      continue;
    }
    ++snapshots;
    const auto& snapshot = *std::get<std::shared_ptr<const sim::Snapshot>>(item.payload);
    std::size_t alive = 0;
    for (std::size_t row = 0; row < snapshot.generation.size(); ++row) {
      if (snapshot.generation[row] % 2 == 0) continue;
      ++alive;
      CHECK(snapshot.entities.alive[row] == 1);
      CHECK(std::abs(snapshot.entities.x[row]) < 1e9);
    }
    most = std::max(most, alive);
  }
  const auto& d = (*source)->description();
  std::uint64_t messages = 0, dropped = 0;
  bool complete = true;
  for (const auto& topic : d.topics) {
    messages += topic.count;
    dropped += topic.dropped;
  }
  for (const auto& file : d.files) complete = complete && file.complete;
  std::ostringstream out;
  out << d.format << ',' << d.topics.size() << ',' << messages << ',' << frames << ',' << dropped << ',' << snapshots
      << ',' << most << ',' << (complete ? "whole" : "not whole");
  return out.str();
}

TEST_CASE("every real log is opened, described and turned into Snapshots as the table says") {
  const fs::path root = shared() / "data";
  if (!fs::exists(root / "logs")) {
    MESSAGE("skipped: no ../shared/data/logs");
    return;
  }
  const auto rows = read_table();
  REQUIRE(rows.size() > 0);
  std::ofstream update;
  if (const char* file = std::getenv("BITGOEUL_UPDATE_LOGS")) {
    update.open(file);
    update << "log,format,topics,messages,sensor frames,dropped,snapshots,most in a snapshot,whole,reason\n";
  }
  for (const Row& row : rows) {
    const std::string facts = facts_of(root / row.path);
    if (update.is_open()) update << row.path << ',' << facts << ',' << row.reason << '\n';
    if (!update.is_open()) CHECK_MESSAGE(facts == row.facts, row.path << ": " << facts);
  }
}

}  // namespace
