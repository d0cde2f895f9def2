#include "replay/perception/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace bitgoeul::replay {
namespace {

using Json = nlohmann::ordered_json;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json errors_json(const Errors& e) {
  return {{"translation_m", number(e.translation_m)},
          {"scale", number(e.scale)},
          {"orientation_rad", number(e.orientation_rad)},
          {"velocity_mps", number(e.velocity_mps)},
          {"attribute", number(e.attribute)}};
}

Json levels_json(const ClassScore& c) {
  Json out;
  for (std::size_t i = 0; i < 3; ++i)
    if (std::isfinite(c.kitti_levels[i]))
      out[i == 0 ? "easy" : i == 1 ? "moderate" : "hard"] = {{"ap", c.kitti_levels[i]}, {"truths", c.kitti_truths[i]}};
  return out;  // null: no label of these levels is on a picture
}

Json detection_json(const Scores& scores) {
  const DetectionScore d = scores.detection();
  const Counts counts = scores.counts({});
  Json out = {{"nds", d.nds},
              {"map", d.mean_ap},
              {"errors", errors_json(d.errors)},
              {"at_2_m",
               {{"truths", counts.truths},
                {"hits", counts.hits},
                {"misses", counts.misses},
                {"wrong", counts.wrong},
                {"recall", counts.recall()},
                {"wrong_per_truth", counts.wrong_per_truth()}}},
              {"classes", Json::array()}};
  for (const ClassScore& c : d.classes)
    out["classes"].push_back({{"class", to_string(c.object_class)},
                              {"truths", c.truths},
                              {"found", c.found},
                              {"ap", c.mean_ap},
                              {"ap_at_m", {{"0.5", c.ap[0]}, {"1", c.ap[1]}, {"2", c.ap[2]}, {"4", c.ap[3]}}},
                              {"errors", errors_json(c.errors)},
                              {"kitti_ap_r40_bev", c.kitti_ap},
                              {"kitti_ap_r40_bev_levels", levels_json(c)},
                              {"kitti_overlap", c.kitti_overlap}});
  return out;
}

Json tracking_json(const TrackingScore& t) {
  return {{"mota", t.mota},         {"motp_m", t.motp_m},
          {"idf1", t.idf1},         {"hota", t.hota},
          {"det_a", t.det_a},       {"ass_a", t.ass_a},
          {"switches", t.switches}, {"fragments", t.fragments},
          {"tracks", t.tracks},     {"mostly_tracked", t.mostly_tracked},
          {"misses", t.misses},     {"wrong", t.wrong},
          {"truths", t.truths},     {"mostly_lost", t.mostly_lost}};
}

Json safety_json(const SafetyScore& s) {
  Json out = {{"weighted_miss_rate", s.weighted_miss_rate},
              {"relevant_misses", s.relevant_misses},
              {"mean_first_range_m", number(s.mean_first_range_m)},
              {"mean_time_to_confirm_s", number(s.mean_time_to_confirm_s)},
              {"objects", Json::array()}};
  for (const ObjectSafety& o : s.objects)
    out["objects"].push_back({{"id", fmt::format("{:016x}", o.id)},
                              {"class", to_string(o.object_class)},
                              {"first_range_m", number(o.first_range_m)},
                              {"confirm_range_m", number(o.confirm_range_m)},
                              {"time_to_confirm_s", number(o.time_to_confirm_s)},
                              {"ttc_at_confirm_s", number(o.ttc_at_confirm_s)}});
  return out;
}

// For people: what nobody knows is said so.
std::string words(double value, const char* format, const char* unknown) {
  return std::isfinite(value) ? fmt::format(fmt::runtime(format), value) : unknown;
}

std::string dump(const Json& json, int indent) { return json.dump(indent, ' ', false, Json::error_handler_t::replace); }

}  // namespace

std::string score_json(const ReportFacts& facts, const Scores& scores) {
  const PerceptionSummary& s = facts.summary;
  Json json = {{"log", facts.log},
               {"stub", facts.stub},
               {"seed", facts.seed},
               {"hash", sim::to_hex(s.hash)},
               {"frames", s.frames},
               {"points", s.points},
               {"detections", s.detections},
               {"tracks", s.tracks},
               {"scored_frames", scores.frames()},
               {"region",
                {{"range_m", facts.region.range_m},
                 {"fov_deg", facts.region.fov_deg},
                 {"min_points", facts.region.min_points}}}};
  for (const ObjectClass c : facts.region.classes) json["region"]["classes"].push_back(to_string(c));
  json["detection"] = detection_json(scores);
  json["tracking"] = tracking_json(scores.tracking());
  json["safety"] = safety_json(scores.safety());
  return dump(json, 2) + "\n";
}

std::string events_jsonl(const SafetyScore& safety) {
  std::vector<SafetyEvent> events = safety.events;
  std::stable_sort(events.begin(), events.end(),
                   [](const SafetyEvent& a, const SafetyEvent& b) { return a.time_ns < b.time_ns; });
  std::string out;
  for (const SafetyEvent& e : events)
    out += dump({{"time_s", static_cast<double>(e.time_ns) * 1e-9},
                 {"kind", to_string(e.kind)},
                 {"object", fmt::format("{:016x}", e.id)},
                 {"class", to_string(e.object_class)},
                 {"x", e.x},
                 {"y", e.y},
                 {"range_m", e.range_m},
                 {"ttc_s", number(e.ttc_s)}},
                -1) +
           "\n";
  return out;
}

std::string score_text(const Scores& scores) {
  const DetectionScore d = scores.detection();
  const Counts c = scores.counts({});
  const TrackingScore t = scores.tracking();
  const SafetyScore s = scores.safety();
  return fmt::format(
      "detection  mAP {:.3f}  NDS {:.3f}  recall {:.3f} at 2 m  wrong per truth {:.3f}  ({} truths in {} frames)\n"
      "tracking   MOTA {:.3f}  MOTP {}  IDF1 {:.3f}  HOTA {:.3f}  switches {}  fragments {}\n"
      "safety     first seen at {}  confirmed after {}  weighted misses {:.3f}  relevant misses {:.0f}\n",
      d.mean_ap, d.nds, c.recall(), c.wrong_per_truth(), c.truths, scores.frames(), t.mota,
      words(t.hits > 0 ? t.motp_m : kUnknown, "{:.2f} m", "-"), t.idf1, t.hota, t.switches, t.fragments,
      words(s.mean_first_range_m, "{:.1f} m", "- (nothing was)"),
      words(s.mean_time_to_confirm_s, "{:.2f} s", "- (nothing was)"), s.weighted_miss_rate, s.relevant_misses);
}

}  // namespace bitgoeul::replay
