// The messages of a run log and where they go: topics, schema names, and RunHeader, Commands, Events, StepHash packed
// and unpacked (frames: frame_codec). Shared by Recorder and RunLog. Unpacking gives false for a damaged message.
// Thread rule: pure.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "replay/run_log.h"

namespace bitgoeul::replay {

struct Topic {
  std::string_view name;
  std::string_view schema;  // full message name
};
inline constexpr Topic kHeaderTopic{"/run/header", "bitgoeul.schema.RunHeader"};
inline constexpr Topic kFramesTopic{"/run/frames", "bitgoeul.schema.Frame"};
inline constexpr Topic kSignalsTopic{"/run/signals", "bitgoeul.schema.SignalStates"};
inline constexpr Topic kCommandsTopic{"/run/commands", "bitgoeul.schema.Commands"};
inline constexpr Topic kEventsTopic{"/run/events", "bitgoeul.schema.Events"};
inline constexpr Topic kStoryTopic{"/run/story", "bitgoeul.schema.StoryChanges"};
inline constexpr Topic kStacksTopic{"/run/stacks", "bitgoeul.stack.Session"};
inline constexpr Topic kObservationsTopic{"/run/observations", "bitgoeul.stack.RecordedObserve"};
inline constexpr Topic kActsTopic{"/run/acts", "bitgoeul.stack.RecordedActs"};
inline constexpr Topic kDigestsTopic{"/run/digests", "bitgoeul.schema.StateDigests"};
inline constexpr Topic kKeyFramesTopic{"/run/keyframes", "bitgoeul.schema.KeyFrame"};
inline constexpr Topic kHashesTopic{"/run/hashes", "bitgoeul.schema.StepHash"};

std::string schema_of(const Topic& topic);  // serialised FileDescriptorSet

std::string pack(const RunHeader& header);
bool unpack(std::string_view message, RunHeader& header);
std::string pack(std::int64_t step, std::span<const RecordedCommand> commands);
bool unpack(std::string_view message, std::int64_t& step, std::vector<RecordedCommand>& commands);
std::string pack(std::int64_t step, std::span<const sim::Event> events);
bool unpack(std::string_view message, std::int64_t& step, std::vector<sim::Event>& events);
std::string pack(std::int64_t step, std::span<const StoryChange> changes);
bool unpack(std::string_view message, std::int64_t& step, std::vector<StoryChange>& changes);
std::string pack(std::int64_t step, sim::Hash128 hash);
bool unpack(std::string_view message, std::int64_t& step, sim::Hash128& hash);

}  // namespace bitgoeul::replay
