#include "replay/run_messages.h"

#include "replay/codec.h"
#include "replay/descriptor_set.h"
#include "replay/schema/commands.pb.h"
#include "replay/schema/events.pb.h"
#include "replay/schema/frame.pb.h"
#include "replay/schema/hashes.pb.h"
#include "replay/schema/header.pb.h"
#include "replay/schema/signals.pb.h"
#include "replay/schema/stack/stack.pb.h"
#include "replay/schema/state.pb.h"

namespace bitgoeul::replay {
namespace {

constexpr std::uint32_t kFormat = 2;  // 1: columns of frames as lists of numbers

template <class T>
bool parse_message(std::string_view bytes, T& message) {
  return bytes.size() < (1u << 31) && message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

void put(const LoopInput& loop, schema::LoopInput& message) {
  for (const std::string& log : loop.logs) message.add_logs(log);
  message.set_roles(loop.roles);
  if (loop.start_s) message.set_start_s(*loop.start_s);
  if (loop.end_s) message.set_end_s(*loop.end_s);
  message.set_fleet(loop.fleet);
  message.set_most_offset_s(loop.most_offset_s);
  for (const std::string& name : loop.driven) message.add_driven(name);
  message.set_world_hash(bytes_of(loop.world_hash));
}

bool get(const schema::LoopInput& message, LoopInput& loop) {
  loop.logs.assign(message.logs().begin(), message.logs().end());
  loop.roles = message.roles();
  if (message.has_start_s()) loop.start_s = message.start_s();
  if (message.has_end_s()) loop.end_s = message.end_s();
  loop.fleet = message.fleet();
  loop.most_offset_s = message.most_offset_s();
  loop.driven.assign(message.driven().begin(), message.driven().end());
  return hash_from_bytes(message.world_hash(), loop.world_hash);
}

}  // namespace

std::string schema_of(const Topic& topic) {
  for (const google::protobuf::Descriptor* d :
       {schema::RunHeader::descriptor(), schema::Frame::descriptor(), schema::SignalStates::descriptor(),
        schema::Commands::descriptor(), schema::Events::descriptor(), schema::StoryChanges::descriptor(),
        schema::StepHash::descriptor(), schema::StateDigests::descriptor(), schema::KeyFrame::descriptor(),
        stack::Session::descriptor(), stack::RecordedObserve::descriptor(), stack::RecordedActs::descriptor()}) {
    if (d->full_name() == topic.schema) return descriptor_set(*d);
  }
  return {};
}

std::string pack(const RunHeader& header) {
  schema::RunHeader message;
  message.set_format(kFormat);
  message.set_engine_version(header.engine_version);
  message.set_engine_commit(header.engine_commit);
  message.set_scenario_file(header.scenario_file);
  message.set_scenario_text(header.scenario_text);
  for (const auto& [name, value] : header.parameters) {
    schema::Parameter& parameter = *message.add_parameters();
    parameter.set_name(name);
    parameter.set_value(value);
  }
  message.set_map_name(header.map_name);
  message.set_map_hash(bytes_of(header.map_hash));
  message.set_map_notice(header.map_notice);
  message.set_map_projection(header.map_projection);
  message.set_seed(header.seed);
  message.set_dt_ns(header.dt_ns);
  message.set_duration_ns(header.duration_ns);
  message.set_frame_every(header.frame_every);
  message.set_command_line(header.command_line);
  for (const EntityInfo& info : header.entities) {
    schema::EntityInfo& entity = *message.add_entities();
    entity.set_name(info.name);
    entity.set_type(info.type);
    entity.set_row(info.row);
  }
  for (const VehicleTypeInfo& info : header.types) {
    schema::VehicleTypeInfo& type = *message.add_types();
    type.set_name(info.name);
    type.set_category(info.category);
  }
  if (header.loop) put(*header.loop, *message.mutable_loop());
  return message.SerializeAsString();
}

bool unpack(std::string_view bytes, RunHeader& header) {
  schema::RunHeader message;
  if (!parse_message(bytes, message) || message.format() < 1 || message.format() > kFormat) return false;
  header.engine_version = message.engine_version();
  header.engine_commit = message.engine_commit();
  header.scenario_file = message.scenario_file();
  header.scenario_text = message.scenario_text();
  for (const schema::Parameter& parameter : message.parameters()) {
    header.parameters.emplace_back(parameter.name(), parameter.value());
  }
  header.map_name = message.map_name();
  header.map_notice = message.map_notice();
  header.map_projection = message.map_projection();
  header.seed = message.seed();
  header.dt_ns = message.dt_ns();
  header.duration_ns = message.duration_ns();
  header.frame_every = message.frame_every();
  header.command_line = message.command_line();
  for (const schema::EntityInfo& entity : message.entities()) {
    header.entities.push_back({entity.name(), entity.type(), entity.row()});
  }
  for (const schema::VehicleTypeInfo& type : message.types()) header.types.push_back({type.name(), type.category()});
  if (message.has_loop() && !get(message.loop(), header.loop.emplace())) return false;
  return hash_from_bytes(message.map_hash(), header.map_hash);
}

std::string pack(std::int64_t step, std::span<const RecordedCommand> commands) {
  schema::Commands message;
  message.set_step(step);
  sim::Row last = 0;
  for (const RecordedCommand& command : commands) {
    message.add_row_gap(command.entity - last);
    message.add_acceleration_mps2(command.command.acceleration_mps2);
    message.add_steering_rad(command.command.steering_rad);
    last = command.entity;
  }
  return message.SerializeAsString();
}

bool unpack(std::string_view bytes, std::int64_t& step, std::vector<RecordedCommand>& commands) {
  schema::Commands message;
  if (!parse_message(bytes, message)) return false;
  const int count = message.row_gap_size();
  if (message.acceleration_mps2_size() != count || message.steering_rad_size() != count) return false;
  step = message.step();
  std::uint32_t row = 0;  // unsigned: a damaged log must not overflow
  for (int i = 0; i < count; ++i) {
    row += static_cast<std::uint32_t>(message.row_gap(i));
    commands.push_back({static_cast<sim::Row>(row), {message.acceleration_mps2(i), message.steering_rad(i)}});
  }
  return true;
}

std::string pack(std::int64_t step, std::span<const sim::Event> events) {
  schema::Events message;
  message.set_step(step);
  for (const sim::Event& event : events) {
    schema::Event& out = *message.add_events();
    out.set_step(event.step);
    out.set_kind(static_cast<std::uint32_t>(event.kind));
    out.set_entity_row(event.entity.index);
    out.set_entity_generation(event.entity.generation);
    out.set_other_row(event.other.index);
    out.set_other_generation(event.other.generation);
    out.set_x(event.x);
    out.set_y(event.y);
    out.set_value(event.value);
    out.set_delta_v(event.delta_v_mps);
    out.set_other_delta_v(event.other_delta_v_mps);
    out.set_side(static_cast<std::uint32_t>(event.side));
    out.set_other_side(static_cast<std::uint32_t>(event.other_side));
  }
  return message.SerializeAsString();
}

bool unpack(std::string_view bytes, std::int64_t& step, std::vector<sim::Event>& events) {
  schema::Events message;
  if (!parse_message(bytes, message)) return false;
  step = message.step();
  for (const schema::Event& in : message.events()) {
    if (in.kind() > 0xFFFF || in.side() > 0xFF || in.other_side() > 0xFF) return false;
    sim::Event event;
    event.step = in.step();
    event.kind = static_cast<sim::EventKind>(in.kind());
    event.entity = {in.entity_row(), in.entity_generation()};
    event.other = {in.other_row(), in.other_generation()};
    event.x = in.x();
    event.y = in.y();
    event.value = in.value();
    event.delta_v_mps = in.delta_v();
    event.other_delta_v_mps = in.other_delta_v();
    event.side = static_cast<sim::ContactSide>(in.side());
    event.other_side = static_cast<sim::ContactSide>(in.other_side());
    events.push_back(event);
  }
  return true;
}

std::string_view to_string(StoryType type) {
  static constexpr std::string_view kWords[] = {"story", "act", "maneuver_group", "maneuver", "event", "action"};
  const auto at = static_cast<std::size_t>(type) - 1;
  return at < std::size(kWords) ? kWords[at] : "element";
}

std::string_view to_string(StoryTransition transition) {
  static constexpr std::string_view kWords[] = {"start", "end", "stop", "skip", "failed"};
  const auto at = static_cast<std::size_t>(transition) - 1;
  return at < std::size(kWords) ? kWords[at] : "change";
}

std::string pack(std::int64_t step, std::span<const StoryChange> changes) {
  schema::StoryChanges message;
  message.set_step(step);
  for (const StoryChange& change : changes) {
    schema::StoryChange& out = *message.add_changes();
    out.set_element(change.element);
    out.set_type(static_cast<std::uint32_t>(change.type));
    out.set_transition(static_cast<std::uint32_t>(change.transition));
    out.set_what(change.what);
  }
  return message.SerializeAsString();
}

bool unpack(std::string_view bytes, std::int64_t& step, std::vector<StoryChange>& changes) {
  schema::StoryChanges message;
  if (!parse_message(bytes, message)) return false;
  step = message.step();
  for (const schema::StoryChange& in : message.changes()) {
    if (in.type() < 1 || in.type() > 6 || in.transition() < 1 || in.transition() > 5) return false;
    changes.push_back(
        {in.element(), static_cast<StoryType>(in.type()), static_cast<StoryTransition>(in.transition()), in.what()});
  }
  return true;
}

std::string pack(std::int64_t step, sim::Hash128 hash) {
  schema::StepHash message;
  message.set_step(step);
  message.set_hash(bytes_of(hash));
  return message.SerializeAsString();
}

bool unpack(std::string_view bytes, std::int64_t& step, sim::Hash128& hash) {
  schema::StepHash message;
  if (!parse_message(bytes, message)) return false;
  step = message.step();
  return hash_from_bytes(message.hash(), hash);
}

}  // namespace bitgoeul::replay
