// Pictures to files: PNG or JPEG by the name's ending. Written whole or not at all. Main thread only.
#pragma once

#include <filesystem>
#include <optional>

#include "sim/result.h"
#include "viewer/window.h"

namespace osg {
class Image;
}

namespace bitgoeul::viewer {

sim::Result<void> write_image(const Image& image, const std::filesystem::path& file);
sim::Result<Image> read_image(const std::filesystem::path& file);
std::optional<Image> from_osg(const osg::Image& image);  // bytes in colours or grey; nothing else

}  // namespace bitgoeul::viewer
