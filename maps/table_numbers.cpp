#include <algorithm>
#include <fstream>

#include "maps/detail/table_numbers.h"
#include "maps/xml.h"

namespace bitgoeul::maps::detail {

namespace {

struct NumericColumn {
  BadCells bad;
  std::size_t begin = 0, width = 0;  // in a record
};

unsigned byte_at(const std::string& bytes, std::size_t at) { return static_cast<unsigned char>(bytes[at]); }

// dBASE III: 32 bytes of each column behind 32 of the file, up to a carriage return.
std::vector<NumericColumn> numeric_columns(const std::string& head) {
  std::vector<NumericColumn> columns;
  std::size_t begin = 1;  // behind the mark of deleted records
  for (std::size_t at = 32; at + 32 <= head.size() && head[at] != '\r'; at += 32) {
    const std::size_t width = byte_at(head, at + 16);
    if (head[at + 11] == 'N' || head[at + 11] == 'F')
      columns.push_back({{std::string(head.c_str() + at).substr(0, 11), 0, 0}, begin, width});
    begin += width;
  }
  return columns;
}

bool is_number(std::string_view cell) {
  while (!cell.empty() && (cell.back() == ' ' || cell.back() == '\0')) cell.remove_suffix(1);
  return cell.find_first_not_of(std::string_view(" \0*", 3)) == std::string_view::npos ||
         parse_double(cell).has_value();
}

}  // namespace

std::vector<BadCells> find_bad_numbers(const std::filesystem::path& dbf) {
  std::ifstream in(dbf, std::ios::binary);
  std::string head(32, '\0');
  if (!in.read(head.data(), 32)) return {};
  const std::size_t begin = byte_at(head, 8) + 256 * byte_at(head, 9),
                    size = byte_at(head, 10) + 256 * byte_at(head, 11);
  head.resize(std::max<std::size_t>(begin, 32));
  if (size == 0 || !in.read(head.data() + 32, static_cast<std::streamsize>(head.size() - 32))) return {};
  std::vector<NumericColumn> columns = numeric_columns(head);
  std::erase_if(columns, [&](const NumericColumn& c) { return c.begin + c.width > size; });
  std::string record(size, '\0');
  for (int row = 1; !columns.empty() && in.read(record.data(), static_cast<std::streamsize>(size)); ++row)
    for (NumericColumn& c : columns)
      if (!is_number(std::string_view(record).substr(c.begin, c.width)) && c.bad.count++ == 0) c.bad.record = row;
  std::vector<BadCells> bad;
  for (const NumericColumn& c : columns)
    if (c.bad.count > 0) bad.push_back(c.bad);
  return bad;
}

}  // namespace bitgoeul::maps::detail
