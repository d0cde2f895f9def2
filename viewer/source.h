// Source: where the frames of a picture come from, a log or a run that is being made; the rest of the viewer cannot
// tell which. A thread of its own reads or steps ahead of the wanted time, so that drawing never waits. What it gives
// out is const and shared. All calls from the main thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "replay/run_log.h"
#include "sim/event.h"
#include "sim/result.h"
#include "sim/snapshot.h"
#include "viewer/history.h"
#include "viewer/intent.h"

namespace bitgoeul::viewer {

using Frame = std::shared_ptr<const sim::Snapshot>;

struct TimedEvent {
  std::int64_t time_ns = 0;
  sim::Event event;
};

struct TimedStory {  // of a storyboard
  std::int64_t time_ns = 0;
  replay::StoryChange change;
};

struct EntityName {
  std::string name, type;  // empty: unnamed background traffic
};

// The frames about a moment: the last one at or before it and the next one; either may be missing.
struct FramePair {
  Frame before, after;
};

class Source {
 public:
  virtual ~Source() = default;

  virtual std::string title() const = 0;
  virtual bool live() const = 0;
  virtual std::int64_t end_ns() const = 0;    // last moment that can be shown; of a live run the end asked for
  virtual std::int64_t known_ns() const = 0;  // up to here events are complete
  virtual void want(std::int64_t time_ns) = 0;
  virtual FramePair frames(std::int64_t time_ns) = 0;  // what is there now
  // Waits until the frame at the moment is there, or cannot come; for pictures made without a person waiting.
  virtual FramePair wait(std::int64_t time_ns) = 0;
  virtual std::vector<TimedEvent> events() = 0;           // found so far, by time
  virtual std::vector<TimedStory> story() { return {}; }  // likewise
  virtual std::size_t event_count() = 0;                  // of both
  virtual History& history() = 0;
  virtual EntityName name(sim::Row row) const = 0;
  virtual const std::vector<std::string>& type_names() const = 0;  // by Entities::type: name and category
  virtual std::string trouble() = 0;                               // what went wrong while reading; empty: nothing
  virtual std::string describe(sim::Row) { return {}; }            // of a live run: what the driver waits for
  // What the vehicle means to do, as far as it is known yet; patient: waits until it is.
  virtual Intent intent(sim::Row, std::int64_t /*time_ns*/, bool /*patient*/) { return {}; }
  virtual std::uint64_t seed() const { return 0; }
  virtual bool restart(std::uint64_t) { return false; }  // live runs only
};

}  // namespace bitgoeul::viewer
