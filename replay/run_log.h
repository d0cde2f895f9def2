// run.mcap: what a run leaves behind. Recorder writes it (header, frames, signals, commands, events, a hash per step);
// RunLog reads it back, also one whose writer was killed (up to its last second). Messages: replay/schema/*.proto,
// embedded. Snapshots come back within half a quantum (frame_codec.h); commands, events and hashes bit for bit. Log
// time = simulated ns. Errors name the file, the byte and what was expected. Thread rule: one thread per object
// (Recorder encodes, compresses and writes on one more).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "replay/stack_messages.h"
#include "replay/state_log.h"
#include "sim/event.h"
#include "sim/hash.h"
#include "sim/result.h"
#include "sim/snapshot.h"
#include "sim/stack.h"

namespace bitgoeul::replay {

struct EntityInfo {  // names and sizes, once per run
  std::string name, type;
  std::uint32_t row = 0;
};

struct VehicleTypeInfo {
  std::string name, category;  // category: the words of OpenSCENARIO, `car`
};

// Of a closed loop: which part of which log was driven anew. The log is not in the file.
struct LoopInput {
  std::vector<std::string> logs;  // paths as given
  std::string roles;              // path; empty: none
  std::optional<double> start_s, end_s;
  bool fleet = false;
  double most_offset_s = 5;
  std::vector<std::string> driven;  // names of those that did not follow their tracks
  sim::Hash128 world_hash;          // of tracks and signals as they lay on the map
};

struct RunHeader {
  std::string engine_version, engine_commit;
  std::string scenario_file, scenario_text;  // the scenario as it was run, whole
  std::vector<std::pair<std::string, std::string>> parameters;
  std::string map_name;  // as given, so that verify can load it again
  sim::Hash128 map_hash;
  std::string map_notice, map_projection;
  std::uint64_t seed = 0;
  std::int64_t dt_ns = 0;
  std::int64_t duration_ns = 0;   // asked for
  std::int64_t frame_every = 10;  // steps between frames
  std::string command_line;
  std::vector<EntityInfo> entities;    // named ones (background vehicles have none)
  std::vector<VehicleTypeInfo> types;  // the vehicle catalogue of the run: row = Entities::type
  std::optional<LoopInput> loop;       // a closed loop has this in place of scenario_text
};

// What the storyboard of a scenario did.
enum class StoryType : std::uint8_t { kStory = 1, kAct, kManeuverGroup, kManeuver, kEvent, kAction };
enum class StoryTransition : std::uint8_t { kStart = 1, kEnd, kStop, kSkip, kFailed };  // failed: could not be done
struct StoryChange {
  std::string element;  // its name after those of what it stands in, joined with ::
  StoryType type = StoryType::kStory;
  StoryTransition transition = StoryTransition::kStart;
  std::string what;  // why it could not be done
};
std::string_view to_string(StoryType type);  // act, event, ...
std::string_view to_string(StoryTransition transition);

struct RecordedCommand {
  sim::Row entity = sim::kNone;
  sim::Command command;
};

class Recorder {
 public:
  // Calls only copy what they are given; a thread of the recorder's own encodes, compresses and writes. It drops
  // nothing: with 64 MiB waiting, a call waits. Its first error is given by the next call, and by every later one.
  static sim::Result<Recorder> open(const std::filesystem::path& file, const RunHeader& header);
  ~Recorder();  // closes; errors are lost there, so call close()
  Recorder(Recorder&&) noexcept;

  // Before the first step: who drives.
  sim::Result<void> stack(const StackSession& session, const StackHelloAck& ack);
  // What a stack was told, before the step in which it answered (ObserveCodec's bytes); its acts go with that step.
  sim::Result<void> observed(std::int64_t time_ns, std::uint32_t stack, std::string_view observe);
  sim::Result<void> acted(std::int64_t step, std::int64_t time_ns,
                          std::span<const std::pair<sim::Row, const sim::Act*>> acts);
  // Before step() of the same step.
  sim::Result<void> story(std::int64_t step, std::int64_t time_ns, std::span<const StoryChange> changes);
  // Calls come in step order: step(n), then frame(n) if there is one; events given to step() since the last frame
  // belong to it. What was given is in the file within a second of wall time, so that a kill loses no more.
  sim::Result<void> frame(std::shared_ptr<const sim::Snapshot> snapshot);
  sim::Result<void> step(std::int64_t step, std::int64_t time_ns, sim::Hash128 hash,
                         std::span<const RecordedCommand> commands, std::span<const sim::Event> events);
  // Before step() of the same step: what `diff` and `verify` need to name the value that differs. Of the state as last
  // hashed; key frames come every ten simulated seconds.
  sim::Result<void> state(std::int64_t step, std::int64_t time_ns, const sim::TableSet& state);
  sim::Result<void> flush();  // all that was given is in the file when it returns
  sim::Result<void> close();

 private:
  struct Impl;
  explicit Recorder(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

struct StepRecord {
  std::int64_t step = 0;
  std::int64_t time_ns = 0;
  sim::Hash128 hash;
  std::vector<RecordedCommand> commands;
  std::vector<sim::Event> events;
  std::vector<RecordedAct> acts;  // that stacks gave in this step, ascending rows
};

class RunLog {
 public:
  static sim::Result<RunLog> open(const std::filesystem::path& file);
  ~RunLog();
  RunLog(RunLog&&) noexcept;

  const RunHeader& header() const;
  std::vector<StackSession> stacks() const;  // by index; empty: none drove, or the log is damaged before the first step
  // What the stacks were told, in log order: Observe messages. A callback that returns false stops.
  sim::Result<void> each_observe(const std::function<bool(std::uint32_t stack, const std::string& observe)>& f) const;
  // What the storyboard did, in log order. A callback that returns false stops.
  sim::Result<void> each_story(
      const std::function<bool(std::int64_t time_ns, const std::vector<StoryChange>& changes)>& f) const;
  bool complete() const;  // false: the writer was killed; what is whole is served
  // In log order; a callback that returns false stops. Error: damaged inside (CRC), with the place.
  sim::Result<void> each_step(const std::function<bool(const StepRecord&)>& f) const;
  // The same with the key frame of the step, null where it has none; both may be moved from.
  sim::Result<void> each_step_and_key(const std::function<bool(StepRecord&, KeyFrame*)>& f) const;
  sim::Result<void> each_frame(const std::function<bool(const sim::Snapshot&)>& f) const;
  // The last frame at or before time_ns, without its events; false when there is none. Reads only the chunks near it.
  sim::Result<bool> frame_at(std::int64_t time_ns, sim::Snapshot& out) const;
  // The last key frame at or before the step, and the digests of exactly this step; false when there are none.
  sim::Result<bool> key_frame_at(std::int64_t step, KeyFrame& out) const;
  sim::Result<bool> digests_at(std::int64_t step, StateDigests& out) const;
  // As each_step, of the steps from from_ns to to_ns alone; reads only the chunks near them. A log that is damaged
  // elsewhere is served.
  sim::Result<void> each_step_between(std::int64_t from_ns, std::int64_t to_ns,
                                      const std::function<bool(const StepRecord&)>& f) const;

 private:
  struct Impl;
  explicit RunLog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace bitgoeul::replay
