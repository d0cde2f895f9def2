#include "scenarios/run_files.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "scenarios/closed_loop/conflict.h"

namespace bitgoeul::scenarios {
namespace {

namespace fs = std::filesystem;

constexpr const char* kOurFiles[] = {"result.json", "run.mcap", "events.jsonl", "report.html", "stack_0.log"};

bool holds_our_files(const fs::path& dir) {
  std::error_code error;
  for (const char* name : kOurFiles)
    if (fs::exists(dir / name, error)) return true;
  return false;
}

}  // namespace

sim::Issue disk_issue(std::string what, const fs::path& file) {
  sim::Issue issue = sim::fail(std::move(what), file.string()).value();
  issue.rule = kDiskRule;
  return issue;
}

sim::Result<void> check_out_dir(const fs::path& dir) {
  std::error_code error;
  if (!fs::exists(dir, error)) return {};
  if (!fs::is_directory(dir, error))
    return sim::fail("exists and is no directory", dir.string(), 0, "--out", "name another one");
  const bool empty = fs::is_empty(dir, error);
  if (error) return tl::unexpected(disk_issue("cannot be looked into: " + error.message(), dir));
  if (empty || holds_our_files(dir)) return {};
  return sim::fail("the directory holds files that no run of ours has left there; nothing was written", dir.string(), 0,
                   "--out", "name a new or empty directory");
}

sim::Result<void> open_out_dir(const fs::path& dir) {
  std::error_code error;
  fs::create_directories(dir, error);
  if (error) return tl::unexpected(disk_issue("cannot be made: " + error.message(), dir));
  for (const char* name : kOurFiles) {
    fs::remove(dir / name, error);
    fs::remove(dir / (std::string(name) + ".tmp"), error);
  }
  for (int i = 0; fs::remove(dir / fmt::format("stack_{}.log", i), error); ++i) {
  }
  fs::remove_all(dir / "sensors", error);
  return {};
}

sim::Result<void> write_file(const fs::path& file, std::string_view text) {
  auto out = GrowingFile::open(file);
  if (!out) return tl::unexpected(out.error());
  out->write(text);
  return out->finish();
}

GrowingFile::GrowingFile(fs::path file) : file_(std::move(file)), temporary_(file_) { temporary_ += ".tmp"; }

GrowingFile::~GrowingFile() {
  if (!open_ || !out_.is_open()) return;
  out_.close();
  std::error_code error;
  fs::remove(temporary_, error);
}

sim::Result<GrowingFile> GrowingFile::open(fs::path file) {
  GrowingFile result(std::move(file));
  result.out_.open(result.temporary_, std::ios::binary | std::ios::trunc);
  if (!result.out_) return tl::unexpected(disk_issue("cannot be opened for writing", result.file_));
  result.open_ = true;
  return result;
}

void GrowingFile::write(std::string_view text) { out_.write(text.data(), static_cast<std::streamsize>(text.size())); }

sim::Result<void> GrowingFile::finish() {
  out_.flush();
  const bool good = out_.good();
  out_.close();
  open_ = false;
  std::error_code error;
  if (good) fs::rename(temporary_, file_, error);
  if (good && !error) return {};
  std::error_code ignored;
  fs::remove(temporary_, ignored);
  return tl::unexpected(
      disk_issue(good ? "cannot be renamed: " + error.message() : "could not be written: is the disk full?", file_));
}

std::string event_line(const sim::Event& event, const Statistics& names, double dt_s) {
  nlohmann::ordered_json json;
  json["step"] = event.step;
  json["time_s"] = std::round(static_cast<double>(event.step) * dt_s * 1e9) / 1e9;  // whole nanoseconds
  json["kind"] = std::string(sim::to_string(event.kind));
  json["entity"] = names.name_of(event.entity);
  if (!event.other.null()) json["other"] = names.name_of(event.other);
  json["x_m"] = event.x;
  json["y_m"] = event.y;
  json["value"] = event.value;
  if (event.kind == sim::EventKind::kHandOver)
    json["reason"] = closed_loop::to_string(static_cast<closed_loop::HandOver>(static_cast<int>(event.value)));
  if (event.side != sim::ContactSide::kNone) {
    json["delta_v_mps"] = event.delta_v_mps;
    json["other_delta_v_mps"] = event.other_delta_v_mps;
    json["side"] = std::string(sim::to_string(event.side));
    json["other_side"] = std::string(sim::to_string(event.other_side));
  }
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

std::string trajectory_header() { return "time_s,entity,x_m,y_m,z_m,heading_rad,speed_mps\n"; }

void trajectory_lines(const sim::Snapshot& snapshot, const Statistics& names, std::string& out) {
  const sim::Entities& e = snapshot.entities;
  const double time_s = static_cast<double>(snapshot.time_ns) * 1e-9;
  for (std::size_t i = 0; i < names.egos.size() && i < e.alive.size(); ++i)
    if (e.alive[i])
      fmt::format_to(std::back_inserter(out), "{:.3f},{},{:.4f},{:.4f},{:.4f},{:.6f},{:.4f}\n", time_s,
                     names.egos[i].name, e.x[i], e.y[i], e.z[i], e.yaw_rad[i], e.speed_mps[i]);
}

std::shared_ptr<const sim::Snapshot> shown_to(std::shared_ptr<const sim::Snapshot> snapshot, const story::Story* story,
                                              story::Visible whom) {
  if (story == nullptr || !story->hides()) return snapshot;
  auto shown = std::make_shared<sim::Snapshot>(*snapshot);
  const story::Actors& actors = story->motion().actors();
  for (std::size_t row = 0; row < actors.visible.size(); ++row)
    if (story->actor(static_cast<sim::Row>(row)) && (actors.visible[row] & whom) == 0) shown->entities.alive[row] = 0;
  return shown;
}

std::vector<replay::StoryChange> story_changes(const story::Story& story) {
  using replay::StoryTransition;
  std::vector<replay::StoryChange> out;
  const auto& elements = story.storyboard().elements();
  const auto add = [&](sim::Row row, StoryTransition transition, std::string what) {
    const story::Element& element = elements[row];
    const auto type = static_cast<replay::StoryType>(static_cast<int>(element.type) + 1);
    out.push_back({element.path, type, transition, std::move(what)});
  };
  for (const story::Change& change : story.storyboard().changes())
    add(change.element,
        change.transition == story::kStartTransition  ? StoryTransition::kStart
        : change.transition == story::kEndTransition  ? StoryTransition::kEnd
        : change.transition == story::kStopTransition ? StoryTransition::kStop
                                                      : StoryTransition::kSkip,
        {});
  for (const story::Story::Failure& failure : story.failures())
    add(failure.element, StoryTransition::kFailed, failure.what);
  return out;
}

std::string story_line(const replay::StoryChange& change, std::int64_t step, double time_s) {
  const bool failed = change.transition == replay::StoryTransition::kFailed;
  nlohmann::ordered_json line = {{"step", step},
                                 {"time_s", time_s},
                                 {"kind", failed ? "action_failed" : "storyboard"},
                                 {"element", change.element}};
  if (failed) {
    line["what"] = change.what;
  } else {
    line["type"] = replay::to_string(change.type);
    line["transition"] = replay::to_string(change.transition);
  }
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace bitgoeul::scenarios
