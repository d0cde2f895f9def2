// The files a run leaves in its directory: text files that appear whole or not at all, events.jsonl, the trajectory
// table, and the rule which directories may be written to. Made by run.cpp and the commands. Thread rule: one thread
// per object.
#pragma once

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "replay/run_log.h"
#include "scenarios/statistics.h"
#include "scenarios/story/story.h"
#include "sim/event.h"
#include "sim/result.h"
#include "sim/snapshot.h"

namespace bitgoeul::scenarios {

inline constexpr const char* kDiskRule = "disk";  // Issue::rule of a failed write: exit code 3, not 2
sim::Issue disk_issue(std::string what, const std::filesystem::path& file);

// Missing, empty, or made by an earlier run (it holds our result.json or run.mcap): may be written. Creates nothing.
sim::Result<void> check_out_dir(const std::filesystem::path& dir);
// Creates it and removes what an earlier run left.
sim::Result<void> open_out_dir(const std::filesystem::path& dir);

// Written under a temporary name in the same directory, then renamed.
sim::Result<void> write_file(const std::filesystem::path& file, std::string_view text);

// Grows under FILE.tmp; finish() gives it its name. Without finish() the temporary file is removed.
class GrowingFile {
 public:
  static sim::Result<GrowingFile> open(std::filesystem::path file);
  GrowingFile(GrowingFile&&) = default;
  GrowingFile& operator=(GrowingFile&&) = delete;
  ~GrowingFile();
  void write(std::string_view text);
  sim::Result<void> finish();

 private:
  explicit GrowingFile(std::filesystem::path file);
  std::filesystem::path file_, temporary_;
  std::ofstream out_;
  bool open_ = false;
};

std::string event_line(const sim::Event& event, const Statistics& names,
                       double dt_s);  // one JSON object and a line end
// The snapshot without those that a VisibilityAction hides from them; the same one where it hides nobody.
std::shared_ptr<const sim::Snapshot> shown_to(std::shared_ptr<const sim::Snapshot> snapshot, const story::Story* story,
                                              story::Visible whom);
// What the storyboard did in the last step, and what it could not do.
std::vector<replay::StoryChange> story_changes(const story::Story& story);
std::string story_line(const replay::StoryChange& change, std::int64_t step, double time_s);  // as event_line
std::string trajectory_header();
// One line per named entity.
void trajectory_lines(const sim::Snapshot& snapshot, const Statistics& names, std::string& out);

}  // namespace bitgoeul::scenarios
