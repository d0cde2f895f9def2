// TFRecord: a file of messages, each with its length and CRC-32C sums, as Waymo's data sets are kept. Written by the
// export to `womd`, read by its import. Errors name the file and the byte. Thread rule: pure but for the files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string_view>

#include "replay/file.h"
#include "sim/result.h"

namespace bitgoeul::replay {

// CRC-32C (Castagnoli) in the masked form that TFRecord stores.
std::uint32_t masked_crc32c(std::string_view data);

sim::Result<void> append_tfrecord(OutFile& file, std::string_view message);
// Each message in turn; a callback that returns false stops. Fails at the first damaged or torn record.
sim::Result<void> each_tfrecord(const std::filesystem::path& file, const std::function<bool(std::string_view)>& f);

}  // namespace bitgoeul::replay
