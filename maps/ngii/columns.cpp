#include "maps/ngii/columns.h"

#include <algorithm>
#include <charconv>
#include <cmath>

namespace bitgoeul::maps::ngii {
namespace {

constexpr double kJoinM = 0.05;

double length_of(const std::vector<sim::Vec3>& line) {
  double sum = 0;
  for (std::size_t i = 1; i < line.size(); ++i) sum += (line[i] - line[i - 1]).head<2>().norm();
  return sum;
}

// Appends the part whose end meets the line's; true when there was one.
bool join_next(std::vector<sim::Vec3>& line, std::vector<std::vector<sim::Vec3>>& parts) {
  for (auto part = parts.begin(); part != parts.end(); ++part) {
    const bool behind = (part->front() - line.back()).norm() < kJoinM,
               before = (part->back() - line.front()).norm() < kJoinM;
    if (!behind && !before) continue;
    if (behind)
      line.insert(line.end(), part->begin() + 1, part->end());
    else
      line.insert(line.begin(), part->begin(), part->end() - 1);
    parts.erase(part);
    return true;
  }
  return false;
}

}  // namespace

Columns::Columns(const ShapeLayer& layer, detail::Tally& tally, const Names& used, const Names& known)
    : layer_(layer), tally_(tally) {
  std::vector<std::uint8_t> seen(layer.columns.size(), 0);
  for (const auto* list : {&used, &known})
    for (const std::string_view name : *list)
      if (const int at = layer.column(name); at >= 0) seen[static_cast<std::size_t>(at)] = 1;
  for (std::size_t i = 0; i < seen.size(); ++i) {
    if (seen[i]) continue;
    int filled = 0;
    for (const ShapeRow& row : layer.rows) filled += !row.values[i].empty();
    tally.add(sim::Severity::kWarning, layer.file,
              "column " + layer.columns[i] + " is not known; ignored (" + std::to_string(filled) + " values)");
  }
}

bool Columns::require(const Names& names) const {
  bool all = true;
  for (const std::string_view name : names) {
    if (layer_.column(name) >= 0) continue;
    all = false;
    tally_.add(sim::Severity::kError, layer_.file, "column " + std::string(name) + " is missing; the layer is left out",
               {}, 0, "deliver the layer with all columns of its data model");
  }
  return all;
}

bool Columns::require(ShapeKind kind) const {
  if (layer_.kind == kind) return true;
  static constexpr const char* kNames[] = {"points", "lines", "polygons"};
  tally_.add(sim::Severity::kError, layer_.file,
             std::string("holds ") + kNames[static_cast<int>(layer_.kind)] + " where the data model has " +
                 kNames[static_cast<int>(kind)] + "; the layer is left out");
  return false;
}

std::string Columns::text(const ShapeRow& row, std::string_view column) const {
  const int at = layer_.column(column);
  return at < 0 ? std::string() : row.values[static_cast<std::size_t>(at)];
}

double Columns::number(const ShapeRow& row, std::string_view column) const {
  const std::string value = text(row, column);
  if (value.empty()) return 0;
  double out = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), out);
  if (error == std::errc() && end == value.data() + value.size() && std::isfinite(out)) return out;
  count(row, sim::Severity::kWarning, "a value of column " + std::string(column) + " is no number; ignored");
  return 0;
}

int Columns::integer(const ShapeRow& row, std::string_view column) const {
  return static_cast<int>(std::clamp(number(row, column), -1e6, 1e6));
}

void Columns::count(const ShapeRow& row, sim::Severity severity, const std::string& what,
                    const std::string& remedy) const {
  tally_.add(severity, layer_.file, what, "record " + std::to_string(row.record), row.record, remedy);
}

std::string Columns::without_zeros(const std::string& text) {
  const std::size_t first = std::min(text.find_first_not_of('0'), text.empty() ? 0 : text.size() - 1);
  return text.substr(first);
}

void Columns::unknown_code(const ShapeRow& row, std::string_view column, const std::string& text) const {
  count(row, sim::Severity::kWarning, "code \"" + text + "\" of column " + std::string(column) + " is not known");
}

void decode_mark(const Columns& columns, const ShapeRow& row, std::string_view column, Paint& paint) {
  const std::string code = columns.text(row, column);
  const bool known = code.size() == 3 && code[0] >= '1' && code[0] <= '3' && (code[1] == '1' || code[1] == '2') &&
                     code[2] >= '1' && code[2] <= '4';
  if (!known) {
    if (code != "999")
      columns.count(row, sim::Severity::kWarning,
                    "code \"" + code + "\" of column " + std::string(column) + " is not known");
    paint.mark = MarkType::kSolid;
    paint.color = MarkColor::kStandard;
    return;
  }
  paint.color = code[0] == '1' ? MarkColor::kYellow : code[0] == '2' ? MarkColor::kWhite : MarkColor::kBlue;
  const bool twice = code[1] == '2';
  switch (code[2]) {
    case '1':
      paint.mark = twice ? MarkType::kSolidSolid : MarkType::kSolid;
      break;
    case '2':
      paint.mark = twice ? MarkType::kBrokenBroken : MarkType::kBroken;
      break;
    case '3':
      paint.mark = MarkType::kBrokenSolid;  // from left to right
      break;
    default:
      paint.mark = MarkType::kSolidBroken;
  }
}

sim::Vec3 mean(const std::vector<sim::Vec3>& points) {
  // A ring repeats its first point.
  const std::size_t n =
      points.size() > 3 && (points.front() - points.back()).norm() < 1e-6 ? points.size() - 1 : points.size();
  sim::Vec3 sum = sim::Vec3::Zero();
  for (std::size_t i = 0; i < n; ++i) sum += points[i];
  return sum / static_cast<double>(n);
}

std::vector<sim::Vec3> one_line(const Columns& columns, const ShapeRow& row) {
  if (row.parts.size() == 1) return row.parts[0];
  std::vector<std::vector<sim::Vec3>> parts = row.parts;
  std::stable_sort(parts.begin(), parts.end(),
                   [](const auto& a, const auto& b) { return length_of(a) > length_of(b); });
  std::vector<sim::Vec3> line = std::move(parts.front());
  parts.erase(parts.begin());
  while (!parts.empty() && join_next(line, parts)) {
  }
  columns.count(row, sim::Severity::kInfo,
                parts.empty() ? "a line of several parts that meet; joined"
                              : "a line of several parts that do not meet; the longest is kept");
  return line;
}

Paint read_paint_row(const Columns& columns, const ShapeRow& row, const PaintColumns& names, PaintKind kind) {
  Paint paint;
  paint.id = columns.text(row, names.id);
  paint.kind = kind;
  decode_mark(columns, row, names.mark, paint);
  paint.line = one_line(columns, row);
  paint.left_link = columns.text(row, names.left_link);
  paint.right_link = columns.text(row, names.right_link);
  paint.from = columns.origin(row);
  return paint;
}

bool read_layer(std::span<const LayerReader> readers, const ShapeLayer& layer, Tables& out, detail::Tally& tally) {
  for (const LayerReader& reader : readers)
    if (layer.name.starts_with(reader.prefix)) {
      reader.read(layer, out, tally);
      return true;
    }
  return false;
}

}  // namespace bitgoeul::maps::ngii
