// Cells of a dBASE table's numeric columns that hold no number: the shapefile library takes the digits at their start,
// or nothing, without a word. Used by the readers of NGII and of the node-link network. Reads the file system only.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace bitgoeul::maps::detail {

struct BadCells {
  std::string column;
  int count = 0, record = 0;  // the first record with one, from 1
};

// By column, in the table's order. Empty cells and cells of stars are nothing, as the format has it.
std::vector<BadCells> find_bad_numbers(const std::filesystem::path& dbf);

}  // namespace bitgoeul::maps::detail
