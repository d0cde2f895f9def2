// Exporter: a log as a file of another format. Fed with the log's Snapshots in order of time, then closed; the file
// appears under its name only then. Made by make_exporter for `log convert`; one implementation per format. What a
// format has no words for is left out, and told in the report. Thread rule: one thread per object.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "maps/map.h"
#include "replay/run_log.h"
#include "replay/source.h"
#include "sim/result.h"
#include "sim/snapshot.h"

namespace bitgoeul::replay {

// What stays the same over a log.
struct ExportInput {
  std::string log;  // its file, for messages and metadata
  std::string map_name;
  // PROJ text of the frame that the Snapshots are in, after the offset (as maps::Projection takes them); empty: none.
  std::string projection;
  double offset_x = 0, offset_y = 0, offset_heading = 0;
  std::string producer;                  // `bitgoeul 0.1.0 0123456789ab`
  std::vector<EntityInfo> entities;      // names by row (make_exporter sorts them)
  std::vector<VehicleTypeInfo> types;    // row = Entities::type; may be empty
  std::shared_ptr<const maps::Map> map;  // null: formats with a map leave it out
  std::int64_t host_row = -1;            // the vehicle that is looked out of; -1: the first self-driving one
};

struct ExportReport {
  std::uint64_t frames = 0, messages = 0;  // messages: of the format (records, rows)
  std::vector<std::filesystem::path> files;
  sim::Issues issues;  // what was left out
};

class Exporter {
 public:
  virtual ~Exporter() = default;
  virtual sim::Result<void> frame(const sim::Snapshot& snapshot) = 0;
  // What else the log holds, between the frames; most formats have no words for it.
  virtual sim::Result<void> sensor(const Item&) { return {}; }
  virtual sim::Result<ExportReport> close() = 0;
};

// `format`: one of export_formats(). Errors: unknown format, a file that cannot be written, a map that is needed.
sim::Result<std::unique_ptr<Exporter>> make_exporter(std::string_view format, const std::filesystem::path& file,
                                                     ExportInput input);
std::vector<std::string> export_formats();
std::string export_suffix(std::string_view format);  // `.osi.mcap`

// Shared by the formats.
enum class Kind : std::uint8_t {
  kUnknown,
  kCar,
  kVan,
  kTruck,
  kTrailer,
  kBus,
  kMotorbike,
  kBicycle,
  kTrain,
  kTram,
  kPedestrian,
  kAnimal,
  kOther
};
Kind kind_of(std::string_view category);
Kind kind_of(const ExportInput& input, const sim::Snapshot& snapshot, std::size_t row);
std::string name_of(const ExportInput& input, const sim::Snapshot& snapshot, std::size_t row);
// Of the map frame, for the row's box: its centre, and the velocity of that point.
struct BoxState {
  sim::Vec3 center, velocity, acceleration;
};
BoxState box_state(const sim::Entities& entities, std::size_t row);
// The row of the vehicle that is looked out of; -1 when it is not alive.
std::int64_t host_of(const ExportInput& input, const sim::Snapshot& snapshot);

}  // namespace bitgoeul::replay
