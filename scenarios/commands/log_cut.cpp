// bitgoeul log cut LOG: a part of a log, by time, place and topic.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "maps/load_map.h"
#include "maps/projection.h"
#include "replay/mcap/rewrite.h"
#include "replay/run_cut.h"
#include "replay/run_log.h"
#include "replay/source.h"
#include "scenarios/commands/console.h"
#include "scenarios/commands/log_edit.h"

namespace bitgoeul::scenarios::commands {
namespace {

using Json = nlohmann::ordered_json;

struct CutArguments {
  std::string log, out, map;
  double start_s = 0, end_s = -1;
  std::vector<std::string> topics, box, box_local;
  bool boxed() const { return !box.empty() || !box_local.empty(); }
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

// Where a place of a log's own frame lies: in the box?
class InBox {
 public:
  // `projection` is asked for corners on Earth only.
  static sim::Result<InBox> make(const CutArguments& a,
                                 const std::function<sim::Result<maps::Projection>()>& projection) {
    const bool wgs84 = !a.box.empty();
    const auto box = box_of(wgs84 ? a.box : a.box_local, wgs84);
    if (!box) return tl::unexpected(box.error());
    InBox out;
    out.box_ = *box;
    if (!wgs84) return out;
    auto made = projection();
    if (!made) return tl::unexpected(made.error());
    out.projection_.emplace(std::move(*made));
    return out;
  }

  sim::Result<bool> operator()(double x, double y) const {
    if (!projection_) return box_.holds({x, y});
    const auto place = projection_->inverse(x, y);
    if (!place) return tl::unexpected(place.error());
    return box_.holds({place->longitude_deg, place->latitude_deg});
  }

 private:
  Box box_;
  std::optional<maps::Projection> projection_;
};

sim::Result<maps::Projection> projection_of(const std::string& log, const std::string& proj, double offset_x = 0,
                                            double offset_y = 0, double offset_heading = 0) {
  if (proj.empty())
    return sim::fail("does not say where on Earth it was recorded", log, 0, "--box", "give --box-local, in its frame");
  return maps::Projection::make(proj, offset_x, offset_y, offset_heading);
}

// The times at which the log's own vehicle is in the box: from each Snapshot in it to the first one outside.
sim::Result<std::vector<std::pair<std::uint64_t, std::uint64_t>>> spans_in(const CutArguments& a) {
  auto source = replay::open_source({a.log}, {.only_roles = {replay::TopicRole::kEgoPose}});
  if (!source) return tl::unexpected(source.error());
  const auto& origin = (*source)->description().origin;
  const auto in_box = InBox::make(a, [&] { return projection_of(a.log, origin ? origin->proj : std::string()); });
  if (!in_box) return tl::unexpected(in_box.error());
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
    const auto here = (*in_box)(s.entities.x[0], s.entities.y[0]);
    if (!here) return tl::unexpected(here.error());
    const auto time = static_cast<std::uint64_t>(item.time_ns);
    if (*here && !inside) spans.emplace_back(time, std::numeric_limits<std::uint64_t>::max());
    if (!*here && inside) spans.back().second = time;
    inside = *here;
  }
  if (spans.empty())
    return sim::fail("its vehicle is never in that box", a.log, 0, {}, "`bitgoeul log info` shows where its frame is");
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

std::uint64_t ns_of(double seconds) { return static_cast<std::uint64_t>(std::llround(seconds * 1e9)); }

// A run of ours: times are simulated; in a box: who is in it.
sim::Result<replay::mcap::CutReport> cut_ours(const Context& context, const CutArguments& a,
                                              const replay::RunHeader& header) {
  replay::RunCutOptions options;
  options.start_ns = static_cast<std::int64_t>(ns_of(a.start_s));
  if (a.end_s >= 0) options.end_ns = static_cast<std::int64_t>(ns_of(a.end_s));
  options.topics = a.topics;
  std::optional<InBox> in_box;
  if (a.boxed()) {
    auto made = InBox::make(a, [&]() -> sim::Result<maps::Projection> {
      sim::Issues issues;
      const auto map = maps::load_map(a.map.empty() ? header.map_name : a.map, issues);
      if (!map) return tl::unexpected(map.error());
      return projection_of(a.log, (*map)->projection, (*map)->offset_x, (*map)->offset_y, (*map)->offset_heading);
    });
    if (!made) return tl::unexpected(made.error());
    in_box.emplace(std::move(*made));
    options.inside = [&](double x, double y) { return (*in_box)(x, y); };
  }
  const auto report = replay::cut_run(a.log, a.out, options);
  if (!report) return tl::unexpected(report.error());
  if (report->start_ns != options.start_ns)
    note(context, fmt::format("{}: starts at {} s, its last key frame before that", a.out,
                              static_cast<double>(report->start_ns) * 1e-9));
  if (a.boxed()) note(context, a.out + ": holds frames, signals and events; `verify` needs the whole world");
  return *report;
}

sim::Result<replay::mcap::CutReport> cut_other(const replay::mcap::Reader& reader, const CutArguments& a) {
  const std::uint64_t first = first_time(reader);
  replay::mcap::CutOptions options;
  options.start_ns = first + ns_of(a.start_s);
  if (a.end_s >= 0) options.end_ns = first + ns_of(a.end_s);
  options.topics = a.topics;
  if (a.boxed()) {
    auto spans = spans_in(a);
    if (!spans) return tl::unexpected(spans.error());
    options.spans = std::move(*spans);
  }
  return replay::mcap::cut(a.log, a.out, options);
}

int run_cut(const Context& context, const CutArguments& a) {
  const auto reader = replay::mcap::Reader::open(a.log);
  if (!reader) return refuse(reader.error());
  if (!reader->info().complete)
    return refuse({.file = a.log,
                   .what = "is not a whole log: " + reader->info().why_not_complete,
                   .remedy = "run `bitgoeul log recover` on it first"});
  const auto run = replay::RunLog::open(a.log);
  const auto report = run ? cut_ours(context, a, run->header()) : cut_other(*reader, a);
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
  auto* box =
      cut.add_option("--box", a.box, "while its vehicle (of a run: those who) is between two corners: LAT,LON LAT,LON")
          ->expected(2);
  cut.add_option("--box-local", a.box_local, "the same in the log's own frame: X,Y X,Y in metres")
      ->expected(2)
      ->excludes(box);
  cut.add_option("--map", a.map, "for --box: the map of the run, if it is not where it was");
  cut.add_option("-o,--out", a.out, "file to write")->required();
  cut.callback([&context, &a] { context.action = [&context, &a] { return run_cut(context, a); }; });
}

}  // namespace bitgoeul::scenarios::commands
