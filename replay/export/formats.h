// The formats of make_exporter, one file each. Thread rule: as Exporter.
#pragma once

#include "replay/export/exporter.h"

namespace bitgoeul::replay {

using Made = sim::Result<std::unique_ptr<Exporter>>;

enum class OsiFile : std::uint8_t { kMcap, kTrace, kOmegaPrime };
Made make_osi_exporter(OsiFile kind, const std::filesystem::path& file, ExportInput input);
Made make_foxglove_exporter(const std::filesystem::path& file, ExportInput input);
Made make_csv_exporter(const std::filesystem::path& file, ExportInput input);
Made make_womd_exporter(const std::filesystem::path& file, ExportInput input);

}  // namespace bitgoeul::replay
