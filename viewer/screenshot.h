// Pictures to files: PNG or JPEG by the name's ending. Written whole or not at all. Main thread only.
#pragma once

#include <filesystem>

#include "sim/result.h"
#include "viewer/window.h"

namespace bitgoeul::viewer {

sim::Result<void> write_image(const Image& image, const std::filesystem::path& file);
sim::Result<Image> read_image(const std::filesystem::path& file);

}  // namespace bitgoeul::viewer
