// Tables (RFC 4180): FILE.csv with one row per vehicle and frame, FILE.events.csv and FILE.signals.csv beside it.
// Numbers have a fixed number of digits, so that equal logs give equal bytes.
#include <fmt/format.h>

#include <iterator>

#include "replay/export/formats.h"
#include "replay/file.h"

namespace bitgoeul::replay {
namespace {

constexpr std::size_t kBufferSize = 1 << 16;

std::string csv_field(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + '"';
}

class Table {
 public:
  static sim::Result<Table> open(const std::filesystem::path& path, std::string_view header) {
    NewFile file(path);
    auto out = OutFile::create(file.temporary());
    if (!out) return tl::unexpected(out.error());
    return Table(std::move(file), std::move(*out), header);
  }

  template <class... Values>
  sim::Result<void> row(fmt::format_string<Values...> format, Values&&... values) {
    fmt::format_to(std::back_inserter(buffer_), format, std::forward<Values>(values)...);
    ++rows_;
    return buffer_.size() < kBufferSize ? sim::Result<void>{} : flush();
  }

  sim::Result<void> close() {
    if (auto written = flush(); !written) return written;
    if (auto synced = out_.sync(); !synced) return synced;
    return out_.close();
  }
  sim::Result<void> keep() { return file_.keep(); }
  const std::filesystem::path& path() const { return file_.path(); }
  std::uint64_t rows() const { return rows_; }

 private:
  Table(NewFile file, OutFile out, std::string_view header)
      : file_(std::move(file)), out_(std::move(out)), buffer_(header) {}
  sim::Result<void> flush() {
    auto written = out_.append(buffer_);
    buffer_.clear();
    return written;
  }

  NewFile file_;
  OutFile out_;
  std::string buffer_;
  std::uint64_t rows_ = 0;
};

// Whole milliseconds, from integers, so that no time prints as 0.30000000000000004.
std::string seconds(std::int64_t ns) {
  const std::int64_t ms = (ns + 500'000) / 1'000'000;
  return fmt::format("{}.{:03}", ms / 1000, ms % 1000);
}

const char* role_of(sim::Role role) {
  switch (role) {
    case sim::Role::kEgo:
      return "ego";
    case sim::Role::kTraffic:
      return "traffic";
    case sim::Role::kActor:
      return "actor";
    case sim::Role::kPedestrian:
      return "pedestrian";
    default:
      return "";
  }
}

const char* word_of(sim::SignalState state) {
  constexpr const char* kWords[] = {"off", "red", "yellow", "green", "flashing_red", "flashing_yellow"};
  const auto index = static_cast<std::size_t>(state);
  return index < std::size(kWords) ? kWords[index] : "";
}

class CsvExporter final : public Exporter {
 public:
  CsvExporter(ExportInput input, Table vehicles, Table events, Table signals)
      : input_(std::move(input)),
        vehicles_(std::move(vehicles)),
        events_(std::move(events)),
        signals_(std::move(signals)) {}

  sim::Result<void> frame(const sim::Snapshot& snapshot) override {
    ++report_.frames;
    const std::string time = seconds(snapshot.time_ns);
    const sim::Entities& e = snapshot.entities;
    for (std::size_t row = 0; row < e.alive.size(); ++row) {
      if (e.alive[row] == 0) continue;
      if (auto written = vehicle(snapshot, row, time); !written) return written;
    }
    for (const sim::Event& event : snapshot.events)
      if (auto written = this->event(snapshot, event); !written) return written;
    return changed_signals(snapshot, time);
  }

  sim::Result<ExportReport> close() override {
    for (Table* table : {&vehicles_, &events_, &signals_})
      if (auto closed = table->close(); !closed) return tl::unexpected(closed.error());
    for (Table* table : {&vehicles_, &events_, &signals_}) {
      if (auto kept = table->keep(); !kept) return tl::unexpected(kept.error());
      report_.files.push_back(table->path());
      report_.messages += table->rows();
    }
    return report_;
  }

 private:
  // Adding 0.0 turns -0.0 into 0.0.
  sim::Result<void> vehicle(const sim::Snapshot& s, std::size_t row, const std::string& time) {
    const sim::Entities& e = s.entities;
    const std::string type = e.type[row] < input_.types.size() ? input_.types[e.type[row]].name : std::string();
    return vehicles_.row(
        "{},{},{},{},{},{:.4f},{:.4f},{:.4f},{:.6f},{:.6f},{:.6f},{:.4f},{:.4f},{:.6f},{:.3f},{:.3f},{:.3f},{:.3f}\n",
        time, s.step, csv_field(name_of(input_, s, row)), role_of(e.role[row]), csv_field(type), e.x[row] + 0.0,
        e.y[row] + 0.0, e.z[row] + 0.0, e.yaw_rad[row] + 0.0, e.pitch_rad[row] + 0.0, e.roll_rad[row] + 0.0,
        e.speed_mps[row] + 0.0, e.acceleration_mps2[row] + 0.0, e.yaw_rate_radps[row] + 0.0, e.length_m[row],
        e.width_m[row], e.height_m[row], e.center_x_m[row] + 0.0);
  }

  std::string name(const sim::Snapshot& s, sim::Id id) const {
    return id.null() || id.index >= s.generation.size() ? std::string() : csv_field(name_of(input_, s, id.index));
  }

  sim::Result<void> event(const sim::Snapshot& s, const sim::Event& event) {
    return events_.row("{},{},{},{},{:.4f},{:.4f},{:.6f},{:.6f},{:.6f},{},{}\n", event.step, sim::to_string(event.kind),
                       name(s, event.entity), name(s, event.other), event.x + 0.0, event.y + 0.0, event.value + 0.0,
                       event.delta_v_mps + 0.0, event.other_delta_v_mps + 0.0, sim::to_string(event.side),
                       sim::to_string(event.other_side));
  }

  sim::Result<void> changed_signals(const sim::Snapshot& s, const std::string& time) {
    for (std::size_t group = 0; group < s.signals.state.size(); ++group) {
      const sim::SignalState state = s.signals.state[group];
      if (group < last_signals_.size() && last_signals_[group] == state) continue;
      auto written = signals_.row("{},{},{},{}\n", time, s.step, group, word_of(state));
      if (!written) return written;
    }
    last_signals_ = s.signals.state;
    return {};
  }

  ExportInput input_;
  Table vehicles_, events_, signals_;
  std::vector<sim::SignalState> last_signals_;
  ExportReport report_;
};

}  // namespace

Made make_csv_exporter(const std::filesystem::path& file, ExportInput input) {
  const auto beside = [&](const char* suffix) { return std::filesystem::path(file).replace_extension(suffix); };
  auto vehicles = Table::open(file,
                              "time_s,step,entity,role,type,x_m,y_m,z_m,heading_rad,pitch_rad,roll_rad,speed_mps,"
                              "acceleration_mps2,yaw_rate_radps,length_m,width_m,height_m,center_x_m\n");
  if (!vehicles) return tl::unexpected(vehicles.error());
  auto events = Table::open(beside(".events.csv"),
                            "step,kind,entity,other,x_m,y_m,value,delta_v_mps,other_delta_v_mps,side,other_side\n");
  if (!events) return tl::unexpected(events.error());
  auto signals = Table::open(beside(".signals.csv"), "time_s,step,group,state\n");
  if (!signals) return tl::unexpected(signals.error());
  return std::unique_ptr<Exporter>(
      std::make_unique<CsvExporter>(std::move(input), std::move(*vehicles), std::move(*events), std::move(*signals)));
}

}  // namespace bitgoeul::replay
