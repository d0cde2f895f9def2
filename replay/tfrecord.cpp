#include "replay/tfrecord.h"

#include <array>
#include <string>

#include "replay/mcap/records.h"

namespace bitgoeul::replay {
namespace {

constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 30;

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1u) != 0 ? 0x82F63B78u : 0u);
    table[i] = crc;
  }
  return table;
}
constexpr std::array<std::uint32_t, 256> kTable = make_table();

}  // namespace

std::uint32_t masked_crc32c(std::string_view data) {
  std::uint32_t crc = 0xFFFFFFFFu;
  for (const char c : data) crc = (crc >> 8) ^ kTable[(crc ^ static_cast<unsigned char>(c)) & 255u];
  crc = ~crc;
  return ((crc >> 15) | (crc << 17)) + 0xA282EAD8u;
}

sim::Result<void> append_tfrecord(OutFile& file, std::string_view message) {
  std::string head;
  mcap::put(head, static_cast<std::uint64_t>(message.size()));
  mcap::put(head, masked_crc32c(head));
  if (auto written = file.append(head); !written) return written;
  if (auto written = file.append(message); !written) return written;
  std::string tail;
  mcap::put(tail, masked_crc32c(message));
  return file.append(tail);
}

sim::Result<void> each_tfrecord(const std::filesystem::path& path, const std::function<bool(std::string_view)>& f) {
  const auto file = InFile::open(path);
  if (!file) return tl::unexpected(file.error());
  std::string message;
  for (std::uint64_t at = 0; at < file->size();) {
    std::string head(12, '\0');
    if (auto read = file->read_at(at, head.data(), head.size()); !read) return read;
    mcap::Cursor cursor(head);
    const auto size = cursor.take<std::uint64_t>();
    if (cursor.take<std::uint32_t>() != masked_crc32c(std::string_view(head).substr(0, 8)))
      return fail_at(file->name(), at, "is no TFRecord: the sum of a record's length does not match");
    if (size > kMostBytes || size + 4 > file->size() - at - head.size())
      return fail_at(file->name(), at, "a record of " + std::to_string(size) + " bytes does not fit in the file");
    message.resize(size + 4);
    if (auto read = file->read_at(at + head.size(), message.data(), message.size()); !read) return read;
    const auto sum = mcap::Cursor(std::string_view(message).substr(size)).take<std::uint32_t>();
    message.resize(size);
    if (sum != masked_crc32c(message)) return fail_at(file->name(), at, "a record is damaged: its sum does not match");
    if (!f(message)) return {};
    at += head.size() + size + 4;
  }
  return {};
}

}  // namespace bitgoeul::replay
