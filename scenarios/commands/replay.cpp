// bitgoeul replay LOG...: a log's sensor data through a perception stub, scored against what the log knows.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <thread>

#include "maps/load_map.h"
#include "replay/file.h"
#include "replay/perception/detection_log.h"
#include "replay/perception/fit.h"
#include "replay/perception/report.h"
#include "replay/sensors/lidar.h"
#include "replay/sensors/map_mesh.h"
#include "scenarios/commands/command.h"
#include "scenarios/commands/console.h"
#include "scenarios/commands/replay_options.h"
#include "scenarios/commands/run_common.h"

namespace bitgoeul::scenarios::commands {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFewTruths = 1000;  // a fit of fewer says little by range and visible share

sim::Result<sim::Row> find_host(const replay::Description& log, const std::string& host) {
  if (!log.run && host.empty()) return 0;
  if (!log.run) return sim::fail("--host is for runs of this engine: this log is seen from its own vehicle");
  if (host.empty() && !log.run->entities.empty()) return static_cast<sim::Row>(log.run->entities.front().row);
  for (const replay::EntityInfo& info : log.run->entities)
    if (info.name == host) return static_cast<sim::Row>(info.row);
  return sim::fail(host.empty() ? "the run has no named vehicle to look out of" : "has no vehicle '" + host + "'", {},
                   0, "--host", "`bitgoeul log info` counts its vehicles");
}

// As set-ups by vehicle know it: a log of others is `ego`.
std::string name_of(const replay::Description& log, sim::Row host) {
  if (!log.run) return "ego";
  for (const replay::EntityInfo& info : log.run->entities)
    if (static_cast<sim::Row>(info.row) == host) return info.name;
  return {};
}

bool has_stack(const ReplayArguments& a) { return !a.drivers.stacks.empty() || !a.drivers.each.empty(); }

std::vector<std::string> class_names() {
  std::vector<std::string> names;
  for (std::size_t c = 0; c < replay::kObjectClasses; ++c)
    names.emplace_back(replay::to_string(static_cast<replay::ObjectClass>(c)));
  return names;
}

// Options that mean nothing without others are an error, not an oversight.
int refuse_idle(const ReplayArguments& a) {
  int code = kPass;
  const auto refuse_if = [&](bool idle, const char* why) {
    if (!idle) return;
    error(why);
    code = kInvalid;
  };
  const bool any_map = !a.lidar.empty() || has_stack(a) ||
                       (a.perception != "ideal" && a.perception != "logged" && a.perception != "lidar_cluster");
  refuse_if(!a.map.empty() && !any_map, "--map: is for --lidar, --stack, --closed-loop and stubs that imagine");
  refuse_if(a.fleet && (a.score || !a.fit.empty() || !a.lidar.empty() || a.perception != "ideal"),
            "--fleet: joins what the vehicles saw; --perception, --score, --fit and --lidar are for one log (the joint "
            "world is one: fleet.mcap)");
  refuse_if(a.open_loop && !has_stack(a), "--open-loop: needs a stack to ask: --stack NAME=SPEC");
  refuse_if(a.drivers.driver_view,
            "--stack-driver-view: is for runs: a log does not know what the built-in driver sees");
  refuse_if(!a.picture.empty(), "--picture: is for --closed-loop");
  return code;
}

// Waits until log time has come on the clock, `speed` times real time.
class Pace {
 public:
  explicit Pace(double speed) : speed_(speed) {}
  void wait(std::int64_t time_ns) {
    if (speed_ <= 0) return;
    if (first_ns_ < 0) first_ns_ = time_ns;
    const std::chrono::duration<double> passed(static_cast<double>(time_ns - first_ns_) * 1e-9 / speed_);
    std::this_thread::sleep_until(begin_ + std::chrono::duration_cast<std::chrono::nanoseconds>(passed));
  }

 private:
  double speed_;
  std::int64_t first_ns_ = -1;
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

sim::Result<void> write_file(const fs::path& path, const std::string& text) {
  replay::NewFile file(path);
  auto out = replay::OutFile::create(file.temporary());
  if (!out) return tl::unexpected(out.error());
  if (auto done = out->append(text); !done) return done;
  if (auto done = out->close(); !done) return done;
  return file.keep();
}

// A fit to what is true would fit nothing: the log's own detections then.
std::string stub_of(const ReplayArguments& a) {
  return !a.fit.empty() && a.perception == "ideal" ? "logged" : a.perception;
}

struct Job {
  std::unique_ptr<replay::Source> source;
  replay::StubSetup setup;
  replay::PerceptionOptions options;
  std::unique_ptr<replay::RayScene> scene;  // of the simulated lidar; what hides things from stubs that imagine
};

sim::Result<Job> prepare(const Context& context, const ReplayArguments& a) {
  Job job;
  auto setups = replay::load_stubs(stub_of(a), {(maps::assets_dir() / "perception").string()});
  if (!setups) return tl::unexpected(setups.error());
  replay::SourceOptions how;
  how.roles = a.roles;
  auto source = replay::open_source({a.logs.begin(), a.logs.end()}, how);
  if (!source) return tl::unexpected(source.error());
  job.source = std::move(*source);
  const replay::Description& log = job.source->description();
  auto host = find_host(log, a.host);
  if (!host) return tl::unexpected(host.error());
  auto setup = setups->of(name_of(log, *host));
  if (!setup) return tl::unexpected(setup.error());
  job.setup = std::move(*setup);
  job.options.host = *host;
  job.options.seed = a.seed;
  job.options.threads = context.threads;
  if (a.start_s) job.options.start_ns = log.start_ns + static_cast<std::int64_t>(*a.start_s * 1e9);
  if (a.end_s) job.options.end_ns = log.start_ns + static_cast<std::int64_t>(*a.end_s * 1e9);
  return job;
}

// The map as rays see it, for a simulated lidar and for stubs that imagine. False: said why not.
bool add_scene(const Context& context, const ReplayArguments& a, Job& job) {
  const replay::Description& log = job.source->description();
  const bool needed = !a.lidar.empty(), useful = replay::imagines(job.setup.kind);
  if (a.map.empty() && !log.run && needed) {
    error("--lidar: needs --map, the log does not name one");
    return false;
  }
  if ((!needed && !useful) || (a.map.empty() && !log.run)) return true;
  const auto map = load_named_map(context, a.map.empty() ? log.run->map_name : a.map);
  if (!map && !needed && a.map.empty())
    note(context, "warning: without the map of the run no building hides anything from the stub");
  if (!map) return !needed && a.map.empty();
  if (log.run && map->hash != log.run->map_hash)
    note(context, "warning: the map is not the one of the run: the sensors may see other walls");
  job.scene = std::make_unique<replay::RayScene>(replay::mesh_of(*map));
  job.options.scene = job.scene.get();
  return true;
}

// A lidar on the roof of the host, simulated on the map and the vehicles of the log.
void add_lidar(const ReplayArguments& a, Job& job) {
  if (a.lidar.empty()) return;
  job.options.add_sensors = [scene = job.scene.get(), pattern = *replay::beam_pattern(a.lidar),
                             seed = a.seed](replay::SensorFrame& frame) {
    frame.cloud = replay::scan(*scene, frame, {}, pattern, seed);
    frame.has_cloud = true;
  };
}

sim::Result<replay::PerceptionSummary> play(const Context& context, const ReplayArguments& a, Job& job,
                                            replay::DetectionLog& log,
                                            const std::function<void(const replay::Percept&)>& take) {
  const std::int64_t start_ns = job.source->description().start_ns, end_ns = job.source->description().end_ns;
  Progress progress(context, "replay", static_cast<double>(end_ns - start_ns) * 1e-9);
  Pace pace(a.speed);
  sim::Result<void> written;
  auto summary = replay::run_perception(*job.source, job.setup, job.options, [&](replay::Percept&& percept) {
    pace.wait(percept.time_ns);
    written = log.write(percept);
    take(percept);
    progress.update(static_cast<double>(percept.time_ns - start_ns) * 1e-9, "");
    return written.has_value() && !interrupted();
  });
  if (!written) return tl::unexpected(written.error());
  return summary;
}

// Why there is no score; empty: there is one.
std::string nothing_to_score(const ReplayArguments& a, std::uint64_t frames, const replay::Scores& scores) {
  if (frames == 0) return "no frame: the vehicle that is looked out of (--host) is not in that part of the log";
  if (scores.frames() == 0)
    return "the log tells no truth to score against (annotations, ground truth, tracks or a run of this engine)";
  if (scores.counts({}).truths > 0) return {};
  return fmt::format("no true object lies where it is asked for: within {:g} m and {:g} degrees, with {} lidar points",
                     a.region.range_m, a.region.fov_deg, a.region.min_points);
}

// With a stack beside it, that report is the one on stdout.
int report(const Context& context, const ReplayArguments& a, const fs::path& out, const replay::ReportFacts& facts,
           const replay::Scores& scores) {
  const replay::PerceptionSummary& s = facts.summary;
  result(context, fmt::format("{} frames, {} points, {} detections, {} tracks; hash {}\n", s.frames, s.points,
                              s.detections, s.tracks, sim::to_hex(s.hash)));
  if (!a.score) {
    if (!has_stack(a))
      json_result(context, fmt::format("{{\"frames\": {}, \"hash\": \"{}\"}}\n", s.frames, sim::to_hex(s.hash)));
    return s.frames > 0 ? kPass : kInconclusive;
  }
  if (const std::string why = nothing_to_score(a, s.frames, scores); !why.empty()) {
    error("--score: " + why);
    return kInconclusive;
  }
  const std::string json = replay::score_json(facts, scores);
  if (auto done = write_file(out / "score.json", json); !done) return refuse(done.error(), kFault);
  if (auto done = write_file(out / "events.jsonl", replay::events_jsonl(scores.safety())); !done)
    return refuse(done.error(), kFault);
  if (!has_stack(a)) json_result(context, json);
  result(context, replay::score_text(scores));
  return kPass;
}

int write_fit(const Context& context, const ReplayArguments& a, const Job& job, const replay::Fit& fit) {
  if (fit.truths() == 0) {
    error("--fit: the log tells no truth where the detections are: there is nothing to fit");
    return kInconclusive;
  }
  replay::FitSummary s;
  const replay::SensorModel model = fit.model(s);
  if (s.hits + s.false_boxes == 0) {
    error("--fit: there are no detections: nothing to fit (--perception says whose)");
    return kInconclusive;
  }
  const std::string yaml = replay::fit_yaml(model, s, job.setup.name + " in " + a.logs.front());
  if (auto written = write_file(a.fit, yaml); !written) return refuse(written.error(), kFault);
  result(context, fmt::format("fit        {} truths, {} found, {} false boxes in {} frames -> {}\n", s.truths, s.hits,
                              s.false_boxes, s.frames, a.fit));
  if (s.truths < kFewTruths)
    note(context, fmt::format("warning: {} truths are few: `samples` in {} says how many stand behind each number",
                              s.truths, a.fit));
  return kPass;
}

sim::Result<void> make_out(const fs::path& out) {
  std::error_code failed;
  fs::create_directories(out, failed);
  if (failed) return sim::fail("cannot be made: " + failed.message(), out.string());
  if (fs::exists(out / "detections.mcap", failed) || fs::exists(out / "open_loop.json", failed))  // of one before
    for (const char* name : {"score.json", "events.jsonl", "open_loop.json", "open_loop.csv"})
      fs::remove(out / name, failed);
  return {};
}

int perceive(const Context& context, const ReplayArguments& a, Job& job, const fs::path& out, OpenLoopReplay* stack) {
  replay::NewFile file(out / "detections.mcap");
  auto log = replay::DetectionLog::open(file.temporary());
  if (!log) return refuse(log.error(), kFault);
  replay::Scores scores(a.region);
  replay::FitOptions how;
  how.region = a.region;
  how.scene = job.scene.get();
  replay::Fit fit(how);
  auto summary = play(context, a, job, *log, [&](const replay::Percept& percept) {
    if (a.score) scores.take(percept);
    if (!a.fit.empty()) fit.take(percept);
    if (stack != nullptr) stack->take(percept);
  });
  if (!summary) return refuse(summary.error());
  if (interrupted()) return refuse({.what = "interrupted; nothing was written"}, kInconclusive);
  print(context, closed_loop::left_out(job.source->description()), 20);
  if (auto done = log->close(
          {{"stub", job.setup.name}, {"seed", std::to_string(a.seed)}, {"hash", sim::to_hex(summary->hash)}});
      !done)
    return refuse(done.error(), kFault);
  if (auto kept = file.keep(); !kept) return refuse(kept.error(), kFault);
  if (!a.fit.empty())
    if (const int code = write_fit(context, a, job, fit); code != kPass) return code;
  return report(context, a, out, {a.logs.front(), job.setup.name, a.seed, a.region, *summary}, scores);
}

int run_replay(const Context& context, const ReplayArguments& a) {
  if (!a.extract.empty()) return replay_extract(context, a);
  if (a.closed_loop && a.open_loop) return refuse({.where = "--open-loop", .what = "is not --closed-loop: choose one"});
  if (a.closed_loop || a.mode != "log") return replay_closed_loop(context, a);
  if (const int refused = refuse_idle(a); refused != kPass) return refused;
  if (a.fleet && !has_stack(a)) return replay_fleet(context, a);
  auto job = prepare(context, a);
  if (!job) return refuse(job.error());
  if (!add_scene(context, a, *job)) return kInvalid;
  add_lidar(a, *job);
  std::unique_ptr<OpenLoopReplay> stack;
  if (has_stack(a)) {
    stack = OpenLoopReplay::make(context, a);
    if (!stack) return kInvalid;
    job->options.host = stack->host();
  }
  // A stack that is told what is there needs no stub between.
  const bool through_stub = !stack || a.score || !a.fit.empty() || a.perception != "ideal" || !a.lidar.empty();
  if (through_stub)
    if (auto usable = replay::check_log(job->source->description(), job->setup, job->options); !usable) {
      sim::Issue issue = usable.error();
      issue.file = a.logs.front();
      return refuse(issue, a.score && issue.rule == replay::kNoTruthRule ? kInconclusive : kInvalid);
    }
  print(context, job->source->description().issues, 20);
  const fs::path out = a.out.empty() ? fs::path("bitgoeul_out") / ("replay_" + fs::path(a.logs.front()).stem().string())
                                     : fs::path(a.out);
  if (auto made = make_out(out); !made) return refuse(made.error(), kFault);
  if (through_stub)
    if (const int code = perceive(context, a, *job, out, stub_of(a) != "ideal" ? stack.get() : nullptr); code != kPass)
      return code;
  return stack ? stack->run(context, out) : kPass;
}

void add_score_options(CLI::App& sub, ReplayArguments& a) {
  sub.add_flag("--score", a.score, "score.json and events.jsonl: detection, tracking, safety");
  sub.add_option("--fit", a.fit,
                 "YAML to write: a `fitted` stub that errs as the detections do, held against the log's truth (of "
                 "--perception; default: the log's own)");
  sub.add_option("--score-range", a.region.range_m, "score, and fit, within so many metres (default 100)")
      ->check(CLI::Range(1.0, 1e4));
  sub.add_option("--score-fov", a.region.fov_deg, "score so many degrees about straight ahead (default 360)")
      ->check(CLI::Range(1.0, 360.0));
  sub.add_option("--min-points", a.region.min_points, "truth with fewer lidar points does not count (default 1)")
      ->check(CLI::Range(0, 1'000'000));
  const std::vector<std::string> classes = class_names();
  sub.add_option_function<std::vector<std::string>>(
         "--score-class",
         [&a, classes](const std::vector<std::string>& names) {
           for (const std::string& name : names)
             a.region.classes.push_back(
                 static_cast<replay::ObjectClass>(std::find(classes.begin(), classes.end(), name) - classes.begin()));
         },
         "score only this class: car, pedestrian ...; may be repeated")
      ->check(CLI::IsMember(classes))
      ->allow_extra_args(false);
}

}  // namespace

void add_replay(CLI::App& program, Context& context) {
  CLI::App& sub = add_subcommand(program, context, "replay", "a log's sensor data through perception stubs, scored",
                                 "bitgoeul replay drive.mcap --perception lidar_cluster --score --out runs/replay\n"
                                 "  bitgoeul replay drive.mcap --perception lidar --stack ego=exec:./planner\n"
                                 "  bitgoeul replay runs/demo/run.mcap --closed-loop --stack ego_007=builtin:planner\n"
                                 "  bitgoeul replay runs/demo/run.mcap --perception radar --host ego_007 --score");
  ReplayArguments& a = keep<ReplayArguments>(context);
  sub.add_option("LOG", a.logs, "logs of one drive: MCAP, bags, KITTI, OSI, PCD, run.mcap")->required();
  sub.add_option("--perception", a.perception,
                 "ideal, logged, lidar_cluster, a preset (lidar, radar, camera) or a YAML file (default ideal)");
  add_score_options(sub, a);
  sub.add_option("--start", a.start_s, "seconds after the start of the log")->check(CLI::Range(0.0, 1e9));
  sub.add_option("--end", a.end_s, "seconds after the start of the log")->check(CLI::Range(0.0, 1e9));
  sub.add_option("--speed", a.speed, "times real time (default: as fast as it can)")->check(CLI::Range(0.0, 1e6));
  sub.add_option("--seed", a.seed, "seed of all random numbers (default 1)");
  sub.add_option("--host", a.host, "in a run of this engine: the vehicle that is looked out of (default: the first)");
  sub.add_option("--roles", a.roles, "YAML: what the topics of the log are for");
  sub.add_flag("--closed-loop", a.closed_loop,
               "drive the log's vehicle (or those of --stack) anew among the others, who follow their tracks until the "
               "changed world is in their way");
  sub.add_flag(
      "--open-loop", a.open_loop,
      "what --stack means without --closed-loop: the stack is asked in the place of the log's vehicle, what it "
      "wants is compared with what that did; the log goes on as it was");
  sub.add_flag(
      "--fleet", a.fleet,
      "each LOG is another vehicle's: clock offsets are estimated, what several saw is one track; fleet.json and "
      "fleet.mcap, or a closed or open loop in the joint world");
  sub.add_option("--most-offset", a.most_offset_s, "of --fleet: clocks are at most so many seconds apart (default 5)")
      ->check(CLI::Range(0.0, 600.0));
  sub.add_option(
      "--extract", a.extract,
      "SECONDS after the start, or FILE.jsonl:LINE of an index that `log events -o` has written: the moment as a "
      "folder that needs nothing else (log, part of the map, scenario)");
  sub.add_option("--around", a.around_s, "of --extract: seconds before and after the moment (default 10)")
      ->check(CLI::Range(0.1, 3600.0));
  sub.add_option("--radius", a.radius_m, "of --extract: metres around the vehicle (default 200)")
      ->check(CLI::Range(10.0, 5000.0));
  sub.add_option("--mode", a.mode, "log (default); reactive and stack: as --closed-loop")
      ->check(CLI::IsMember({"log", "reactive", "stack"}));
  add_stack_options(sub, a.drivers);
  sub.add_option("--picture", a.picture, "of a closed loop: a PNG of ways and events");
  sub.add_option("--dt", a.dt_s, "of a closed or open loop: step in seconds (default 0.01)")
      ->check(CLI::Range(0.001, 0.1));
  sub.add_option("--criterion", a.criteria, "of a closed loop: NAME=LIMIT, as of `run`; may be repeated")
      ->allow_extra_args(false);
  sub.add_option("--valid-share", a.validity.share,
                 "INVALID when more than this part of the agents near an ego is not where the log has it (default 0.5)")
      ->check(CLI::Range(0.0, 1.0));
  sub.add_option("--valid-distance", a.validity.ego_m,
                 "INVALID when an ego is so many metres off its log (default: never in runs, 50 in logs of others, 10 "
                 "without a map)")
      ->check(CLI::Range(0.1, 1e9));
  sub.add_option("--lidar", a.lidar, "simulate a lidar on the host's roof: lidar16, lidar32, lidar64, lidar128")
      ->check(CLI::IsMember({"lidar16", "lidar32", "lidar64", "lidar128"}));
  sub.add_option("--map", a.map,
                 "map of --lidar, --stack, --closed-loop, and whose buildings hide things from the stubs that imagine "
                 "(default: the one of the run)");
  sub.add_option("--out", a.out, "directory of the results (default bitgoeul_out/replay_LOG)");
  sub.callback([&context, &a] { context.action = [&context, &a] { return run_replay(context, a); }; });
}

}  // namespace bitgoeul::scenarios::commands
