// bitgoeul log cut LOG: a part of a log, by time, place and topic.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "maps/projection.h"
#include "replay/mcap/rewrite.h"
#include "replay/run_log.h"
#include "replay/source.h"
#include "scenarios/commands/console.h"
#include "scenarios/commands/log_edit.h"

namespace bitgoeul::scenarios::commands {
namespace {

using Json = nlohmann::ordered_json;

struct CutArguments {
  std::string log, out;
  double start_s = 0, end_s = -1;
  std::vector<std::string> topics, box, box_local;
};

struct Corner {
  double x = 0, y = 0;  // of the local frame, or longitude and latitude
};
struct Box {
  Corner low, high;
  bool holds(Corner at) const { return at.x >= low.x && at.x <= high.x && at.y >= low.y && at.y <= high.y; }
};

// `A,B`; WGS 84 is written latitude first.
sim::Result<Corner> corner_of(const std::string& text, bool wgs84) {
  Corner out;
  double &first = wgs84 ? out.y : out.x, &second = wgs84 ? out.x : out.y;
  const char* const end = text.data() + text.size();
  const auto a = std::from_chars(text.data(), end, first);
  const bool comma = a.ec == std::errc() && a.ptr != end && *a.ptr == ',';
  const auto b = comma ? std::from_chars(a.ptr + 1, end, second) : a;
  if (!comma || b.ec != std::errc() || b.ptr != end)
    return sim::fail("is no corner of a box", text, 0, wgs84 ? "--box" : "--box-local",
                     wgs84 ? "write LATITUDE,LONGITUDE in degrees" : "write X,Y in metres");
  return out;
}

sim::Result<Box> box_of(const std::vector<std::string>& corners, bool wgs84) {
  const auto a = corner_of(corners[0], wgs84), b = corner_of(corners[1], wgs84);
  if (!a) return tl::unexpected(a.error());
  if (!b) return tl::unexpected(b.error());
  return Box{{std::min(a->x, b->x), std::min(a->y, b->y)}, {std::max(a->x, b->x), std::max(a->y, b->y)}};
}

// The times at which the log's own vehicle is in the box: from each Snapshot in it to the first one outside.
sim::Result<std::vector<std::pair<std::uint64_t, std::uint64_t>>> spans_in(const std::string& log, const Box& box,
                                                                           bool wgs84) {
  auto source = replay::open_source({log}, {.only_roles = {replay::TopicRole::kEgoPose}});
  if (!source) return tl::unexpected(source.error());
  const auto& origin = (*source)->description().origin;
  if (wgs84 && (!origin || origin->proj.empty()))
    return sim::fail("does not say where on Earth it was recorded", log, 0, "--box", "give --box-local, in its frame");
  std::optional<maps::Projection> projection;
  if (wgs84) {
    auto made = maps::Projection::make(origin->proj);
    if (!made) return tl::unexpected(made.error());
    projection.emplace(std::move(*made));
  }
  std::vector<std::pair<std::uint64_t, std::uint64_t>> spans;
  bool inside = false;
  replay::Item item;
  for (;;) {
    const auto got = (*source)->next(item);
    if (!got) return tl::unexpected(got.error());
    if (!*got) break;
    if (item.topic != replay::kSnapshotTopic) continue;
    const auto& s = *std::get<std::shared_ptr<const sim::Snapshot>>(item.payload);
    if (s.entities.alive.empty() || s.entities.alive[0] == 0) continue;
    Corner at{s.entities.x[0], s.entities.y[0]};
    if (projection) {
      const auto place = projection->inverse(at.x, at.y);
      if (!place) return tl::unexpected(place.error());
      at = {place->longitude_deg, place->latitude_deg};
    }
    const auto time = static_cast<std::uint64_t>(item.time_ns);
    if (box.holds(at) && !inside) spans.emplace_back(time, std::numeric_limits<std::uint64_t>::max());
    if (!box.holds(at) && inside) spans.back().second = time;
    inside = box.holds(at);
  }
  if (spans.empty())
    return sim::fail("its vehicle is never in that box", log, 0, {}, "`bitgoeul log info` shows where its frame is");
  return spans;
}

// Log time of the first message; times on the command line count from it.
std::uint64_t first_time(const replay::mcap::Reader& reader) {
  std::uint64_t first = std::numeric_limits<std::uint64_t>::max();
  for (const auto& chunk : reader.info().chunks)
    if (chunk.message_end_time > 0 || chunk.message_start_time > 0) first = std::min(first, chunk.message_start_time);
  if (reader.info().chunks.empty())
    (void)reader.each_message([&](const replay::mcap::MessageView& view) {
      first = std::min(first, view.message.log_time);
      return true;
    });
  return first == std::numeric_limits<std::uint64_t>::max() ? 0 : first;
}

int run_cut(const Context& context, const CutArguments& a) {
  const auto reader = replay::mcap::Reader::open(a.log);
  if (!reader) return refuse(reader.error());
  if (!reader->info().complete)
    return refuse({.file = a.log,
                   .what = "is not a whole log: " + reader->info().why_not_complete,
                   .remedy = "run `bitgoeul log recover` on it first"});
  // The frames of a run build on each other, and its hashes on every step before.
  const bool run = replay::RunLog::open(a.log).has_value();
  const bool boxed = !a.box.empty() || !a.box_local.empty();
  if (run && (a.start_s > 0 || !a.topics.empty() || boxed))
    return refuse({.file = a.log,
                   .what = "is a run of this engine, whose steps build on each other from the first",
                   .remedy = "cut it with --end alone"});
  const std::uint64_t first = run ? 0 : first_time(*reader);
  replay::mcap::CutOptions options;
  options.start_ns = first + static_cast<std::uint64_t>(std::llround(a.start_s * 1e9));
  if (a.end_s >= 0) options.end_ns = first + static_cast<std::uint64_t>(std::llround(a.end_s * 1e9));
  options.topics = a.topics;
  if (boxed) {
    const auto box = box_of(a.box.empty() ? a.box_local : a.box, !a.box.empty());
    if (!box) return refuse(box.error());
    auto spans = spans_in(a.log, *box, !a.box.empty());
    if (!spans) return refuse(spans.error());
    options.spans = std::move(*spans);
  }
  const auto report = replay::mcap::cut(a.log, a.out, options);
  if (!report) return refuse(report.error());
  for (const std::string& topic : report->unknown_topics)
    note(context, fmt::format("warning: {}: has no topic {}", a.log, topic));
  result(context, fmt::format("{}: {} messages kept, {} left out\n", a.out, report->kept, report->dropped));
  json_result(context, Json{{"out", a.out},
                            {"kept", report->kept},
                            {"left_out", report->dropped},
                            {"unknown_topics", report->unknown_topics}}
                           .dump(2, ' ', false, Json::error_handler_t::replace));
  return kPass;
}

}  // namespace

void add_log_cut(CLI::App& group, Context& context) {
  CLI::App& cut = add_subcommand(group, context, "cut", "a part of a log, by time, place and topic",
                                 "bitgoeul log cut drive.mcap --start 60 --end 90 --topics /lidar /odom -o clip.mcap");
  CutArguments& a = keep<CutArguments>(context);
  cut.add_option("LOG", a.log, "an MCAP file")->required();
  cut.add_option("--start", a.start_s, "seconds after the log's first message (included)")->check(CLI::Range(0.0, 1e9));
  cut.add_option("--end", a.end_s, "seconds after the log's first message (excluded; default: its end)")
      ->check(CLI::Range(0.0, 1e9));
  cut.add_option("--topics", a.topics, "topics to keep (default: all)");
  auto* box = cut.add_option("--box", a.box, "while its vehicle is between two corners: LAT,LON LAT,LON")->expected(2);
  cut.add_option("--box-local", a.box_local, "the same in the log's own frame: X,Y X,Y in metres")
      ->expected(2)
      ->excludes(box);
  cut.add_option("-o,--out", a.out, "file to write")->required();
  cut.callback([&context, &a] { context.action = [&context, &a] { return run_cut(context, a); }; });
}

}  // namespace bitgoeul::scenarios::commands
