// Columns: one layer's columns by name, whatever the case of their letters, and its codes by table; what is not known
// is counted in the tally. Made per layer by layers_*.cpp. Single thread.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "maps/ngii/shape_layer.h"
#include "maps/ngii/tables.h"

namespace bitgoeul::maps::ngii {

template <class T>
struct Code {
  std::string_view text;
  T value;
};

using Names = std::vector<std::string_view>;

class Columns {
 public:
  // used: columns that become part of the map; known: columns that the manual has and the map has no use for.
  Columns(const ShapeLayer& layer, detail::Tally& tally, const Names& used, const Names& known);

  bool require(const Names& names) const;  // false after an error: the layer is left out
  bool require(ShapeKind kind) const;      // false after an error: wrong type of geometry
  std::string text(const ShapeRow& row, std::string_view column) const;
  double number(const ShapeRow& row, std::string_view column) const;  // 0 when empty or unreadable (counted)
  int integer(const ShapeRow& row, std::string_view column) const;
  Origin origin(const ShapeRow& row) const { return {layer_.file, row.record}; }
  void count(const ShapeRow& row, sim::Severity severity, const std::string& what,
             const std::string& remedy = {}) const;

  // The code's meaning; an unknown code is counted and `otherwise` stands. Leading zeros do not matter.
  template <class T, class Table>
  T code(const ShapeRow& row, std::string_view column, const Table& table, T otherwise) const {
    const std::string text = without_zeros(this->text(row, column));
    for (const auto& entry : table)
      if (entry.text == text) return entry.value;
    unknown_code(row, column, text);
    return otherwise;
  }

 private:
  static std::string without_zeros(const std::string& text);
  void unknown_code(const ShapeRow& row, std::string_view column, const std::string& text) const;
  const ShapeLayer& layer_;
  detail::Tally& tally_;
};

// Colour, count and form of a line mark: 111 ... 324, 999 (manual, B2 Type).
void decode_mark(const Columns& columns, const ShapeRow& row, std::string_view column, Paint& paint);
sim::Vec3 mean(const std::vector<sim::Vec3>& points);
// The parts of a line as one, where each begins at the end of the one before; else the longest (counted).
std::vector<sim::Vec3> one_line(const Columns& columns, const ShapeRow& row);

// A surface line as every model has it: id, mark, line and the links beside it; its kind is the model's own.
struct PaintColumns {
  std::string_view id, mark, left_link, right_link;
};
Paint read_paint_row(const Columns& columns, const ShapeRow& row, const PaintColumns& names, PaintKind kind);

// Layers of a model by the start of their names.
struct LayerReader {
  std::string_view prefix;
  void (*read)(const ShapeLayer&, Tables&, detail::Tally&);
};
// False when none of them reads the layer.
bool read_layer(std::span<const LayerReader> readers, const ShapeLayer& layer, Tables& out, detail::Tally& tally);

// True when the layer belongs to the model (read, or named as ignored).
bool read_layer_2019(const ShapeLayer& layer, Tables& out, detail::Tally& tally);
bool read_layer_2024(const ShapeLayer& layer, Tables& out, detail::Tally& tally);
bool read_layer_old(const ShapeLayer& layer, Tables& out, detail::Tally& tally);

}  // namespace bitgoeul::maps::ngii
