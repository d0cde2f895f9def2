// read_arrow: the columns of an Arrow IPC file (Feather version 2, https://arrow.apache.org/docs/format/Columnar.html):
// whole numbers, floating point of 16, 32 and 64 bits, booleans and texts, plain or as dictionaries, bare or compressed
// with LZ4 or zstd. Nothing that the file declares is believed: every offset is held against its buffer and no size
// goes beyond kMostBytes. A null is 0 or an empty text. Used by the reader of Argoverse 2. Thread rule: pure.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "sim/result.h"

namespace bitgoeul::replay::import {

using ArrowColumn = std::variant<std::vector<std::int64_t>, std::vector<double>, std::vector<std::string>>;

struct ArrowTable {
  std::size_t rows = 0;
  std::map<std::string, ArrowColumn> columns;

  // Null: there is no such column of this kind. numbers() takes whole ones too.
  const std::vector<std::int64_t>* whole(const std::string& name) const;
  std::vector<double> numbers(const std::string& name) const;  // empty: none
  const std::vector<std::string>* texts(const std::string& name) const;
};

sim::Result<ArrowTable> read_arrow(const std::filesystem::path& file);

}  // namespace bitgoeul::replay::import
