// What an OpenSCENARIO XML 1.0 to 1.3 file says, in the norm's words and without any map. Made by parse.h (from a file)
// or by fleet.h (generated); read by scenario_setup.h, which brings it onto a map, by the story and by write.h. Units
// as in the norm: metres, seconds, metres per second, radians. Every object that a later stage may have to complain
// about carries the place in the file where it stands. Thread rule: plain data.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "scenarios/openscenario/model_storyboard.h"
#include "sim/result.h"

namespace bitgoeul::scenarios::openscenario {

struct ParameterDeclaration {
  std::string name, type, value;  // value after --param
  int id = 0;                     // of one declared below the root: which; 0: of the root
};
using VariableDeclaration = ParameterDeclaration;
struct MonitorDeclaration {
  std::string name;
  bool value = false;
};

// A controller of signals that the file brings along: phases with what each signal shows.
struct SignalState {
  std::string signal_id, state;
};
struct Phase {
  std::string name;
  double duration_s = 0;
  std::vector<SignalState> states;
  std::string group_state;  // TrafficSignalGroupState; empty: not said
};
struct TrafficSignalController {
  Source source;
  std::string name, reference;  // reference: the controller that `delay_s` counts from; empty: none
  double delay_s = 0;
  std::vector<Phase> phases;
};

struct Scenario {
  std::string file;                // as given; may be empty for a generated one
  std::vector<std::string> files;  // by Source::file: `file` first, then catalogues
  std::string text;                // the whole file, for the log
  std::string author, date, description;
  std::int32_t rev_major = 1, rev_minor = 3;
  std::vector<ParameterDeclaration> parameters;
  // Those of stories, maneuvers and catalogue entries that conditions and actions name, under the names they have
  // there.
  std::vector<ParameterDeclaration> inner_parameters;
  std::vector<VariableDeclaration> variables;
  std::vector<MonitorDeclaration> monitors;
  std::vector<VariableDeclaration> user_values;  // given from outside for UserDefinedValueConditions
  std::string map;  // RoadNetwork/LogicFile: a name that ships with the engine or a path; empty: no roads
  Source map_source;
  std::vector<TrafficSignalController> signal_controllers;
  std::vector<ScenarioObject> entities;
  std::vector<EntitySelection> selections;
  Storyboard storyboard;
};

// When the stop trigger fires, if it is a matter of simulation time alone: the first group whose conditions all hold;
// nothing when there is none, or when it waits for something else.
std::optional<double> stop_time_s(const Scenario& scenario);
// What an Issue says of a place: file, line and column; files: by Source::file, `otherwise` for one beyond them.
sim::Issue issue_at(std::span<const std::string> files, const std::string& otherwise, Source source, std::string where,
                    std::string what, std::string remedy = {});
sim::Issue issue_at(const Scenario& scenario, Source source, std::string where, std::string what,
                    std::string remedy = {});
std::optional<std::string> find_property(const std::vector<Property>& properties, const std::string& name);
// The driver that a controller of the object names; nothing: the default controller moves it.
std::optional<std::string> driver_of(const ScenarioObject& object);

// Vendor properties: what the norm leaves open.
inline constexpr const char* kDriverProperty = "bitgoeul:driver";  // of a Controller: `builtin:driver`
inline constexpr const char* kBuiltinDriver = "builtin:driver";
inline constexpr const char* kReenterProperty =
    "bitgoeul:reenter";  // of a Controller: `true` = one that leaves the map enters it again elsewhere
inline constexpr const char* kModelProperty = "bitgoeul:model";        // of a Vehicle: double_track, bicycle or rail
inline constexpr const char* kDynamicsProperty = "bitgoeul:dynamics";  // of a Vehicle: entry of assets/vehicles
inline constexpr const char* kCompanyProperty = "bitgoeul:company";    // of a Vehicle: whose stack drives, for viewers
inline constexpr const char* kMixProperty = "bitgoeul:mix";            // of a TrafficDistributionEntry: `builtin`

}  // namespace bitgoeul::scenarios::openscenario
