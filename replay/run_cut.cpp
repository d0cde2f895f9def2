#include "replay/run_cut.h"

#include <algorithm>
#include <map>

#include "replay/file.h"
#include "replay/frame_codec.h"
#include "replay/mcap/reader.h"
#include "replay/run_messages.h"

namespace bitgoeul::replay {
namespace {

bool is(const mcap::MessageView& view, const Topic& topic) { return view.channel.topic == topic.name; }

auto nothing(const std::filesystem::path& log, std::string remedy) {
  return sim::fail("nothing of the log lies in that part", log.string(), 0, {}, std::move(remedy));
}

// The time of the last key frame that is not later.
sim::Result<std::int64_t> key_frame_before(const std::filesystem::path& from, std::int64_t time_ns) {
  const auto reader = mcap::Reader::open(from);
  if (!reader) return tl::unexpected(reader.error());
  std::int64_t last = 0, end = 0;
  const auto read = reader->each_message([&](const mcap::MessageView& view) {
    end = static_cast<std::int64_t>(view.message.log_time);
    if (end > time_ns) return false;
    if (is(view, kFramesTopic) && FrameDecoder::is_key(view.message.data)) last = end;
    return true;
  });
  if (!read) return tl::unexpected(read.error());
  if (end < time_ns) return nothing(from, "its last message is of " + std::to_string(end / 1'000'000) + " ms");
  return last;
}

// Is anybody ever inside?
sim::Result<bool> anybody(const std::filesystem::path& from, const RunCutOptions& options) {
  const auto log = RunLog::open(from);
  if (!log) return tl::unexpected(log.error());
  sim::Result<bool> found = false;
  const auto read = log->each_frame([&](const sim::Snapshot& s) {
    if (s.time_ns < options.start_ns) return true;
    if (s.time_ns >= options.end_ns) return false;
    for (std::size_t row = 0; row < s.entities.alive.size() && found && !*found; ++row)
      if (s.entities.alive[row] != 0) found = options.inside(s.entities.x[row], s.entities.y[row]);
    return found && !*found;
  });
  if (!read) return tl::unexpected(read.error());
  return found;
}

class RunCutter {
 public:
  RunCutter(std::string file, const RunCutOptions& options) : file_(std::move(file)), options_(options) {}

  sim::Result<bool> take(const mcap::MessageView& view, bool wanted, mcap::Message& as) {
    sim::Result<bool> keep = wanted || is(view, kHeaderTopic);
    if (is(view, kStacksTopic)) keep = options_.topics.empty();  // stands before the first step
    if (*keep && options_.inside && !is(view, kHeaderTopic)) keep = take_inside(view, as);
    if (keep && *keep) as.sequence = next_[view.channel.id]++;
    return keep;
  }

 private:
  sim::Result<bool> take_inside(const mcap::MessageView& view, mcap::Message& as) {
    if (is(view, kFramesTopic)) return take_frame(view, as);
    if (is(view, kEventsTopic)) return take_events(view, as);
    return is(view, kSignalsTopic);
  }

  sim::Result<bool> take_frame(const mcap::MessageView& view, mcap::Message& as) {
    if (auto read = decoder_.decode(view.message.data, snapshot_); !read)
      return fail_at(file_, view.offset, read.error().what);
    sim::Snapshot part = snapshot_;
    for (std::size_t row = 0; row < part.generation.size(); ++row) {
      if (part.entities.alive[row] == 0) continue;
      const auto inside = options_.inside(part.entities.x[row], part.entities.y[row]);
      if (!inside) return inside;
      if (*inside) continue;
      --part.generation[row];  // even: nobody
      sim::clear_row(part.entities, row);
    }
    if (auto made = encoder_.encode(part, FrameDecoder::is_key(view.message.data), message_); !made)
      return fail_at(file_, view.offset, made.error().what);
    as.data = message_;
    return true;
  }

  sim::Result<bool> take_events(const mcap::MessageView& view, mcap::Message& as) {
    std::int64_t step = 0;
    std::vector<sim::Event> events, inside;
    if (!unpack(view.message.data, step, events)) return fail_at(file_, view.offset, "a message of events is damaged");
    for (const sim::Event& event : events) {
      const auto here = options_.inside(event.x, event.y);
      if (!here) return here;
      if (*here) inside.push_back(event);
    }
    message_ = pack(step, inside);
    as.data = message_;
    return !inside.empty();
  }

  std::string file_;
  const RunCutOptions& options_;
  FrameDecoder decoder_;
  FrameEncoder encoder_;
  sim::Snapshot snapshot_;
  std::string message_;
  std::map<std::uint16_t, std::uint32_t> next_;  // by channel: messages are numbered from 0
};

}  // namespace

sim::Result<RunCutReport> cut_run(const std::filesystem::path& from, const std::filesystem::path& to,
                                  const RunCutOptions& options) {
  if (options.end_ns <= options.start_ns) return nothing(from, "its end lies before its start");
  const auto start = key_frame_before(from, options.start_ns);
  if (!start) return tl::unexpected(start.error());
  if (options.inside) {
    const auto found = anybody(from, options);
    if (!found) return tl::unexpected(found.error());
    if (!*found) return nothing(from, "nobody is ever in that box; `bitgoeul log info` shows where its frame is");
  }
  RunCutter cutter(from.string(), options);
  mcap::CutOptions cut;
  cut.start_ns = static_cast<std::uint64_t>(*start);
  cut.end_ns = static_cast<std::uint64_t>(options.end_ns);
  cut.topics = options.topics;
  cut.rewrite = [&](const mcap::MessageView& view, bool wanted, mcap::Message& as) {
    return cutter.take(view, wanted, as);
  };
  const auto report = mcap::cut(from, to, cut);
  if (!report) return tl::unexpected(report.error());
  return RunCutReport{*report, *start};
}

}  // namespace bitgoeul::replay
